// SPDX-License-Identifier: MIT
// Pages that are mapped before they are accessed: an exit of QEMU's CPU costs as much as a thousand entries.
#pragma once
#include "snpemu/silicon/memory.hpp"

namespace snpemu::silicon {

/// Rights with which a page may be mapped for `vmpl`, or none: only accesses that need no further check.
[[nodiscard]] std::uint8_t visible_rights(const Memory& memory, Gpa page, model::Encryption encryption,
                                          abi::Vmpl vmpl) REQUIRES(memory.rmp_lock);

/// A private access by `vmpl` to `at` is allowed: maps the 2 MiB around it, if the host assigned them as one page, whose
/// rights are the same everywhere. False: it did not, or the contents of the others are not made yet; nothing is mapped
/// then. `overwrites`: the access is the first of many.
[[nodiscard]] bool map_large_page(Memory& memory, Gpa at, abi::Vmpl vmpl, bool overwrites)
    REQUIRES(memory.rmp_lock);

/// VMPL0 has validated `page`, and software writes next to what it validates.
void map_validated(Memory& memory, Gpa page) REQUIRES(memory.rmp_lock);

}  // namespace snpemu::silicon
