// SPDX-License-Identifier: MIT
// Translations in the CPU's TLB.
#pragma once
#include "base/address.hpp"

namespace svsm::mm {

/// Drops this CPU's translation of the page around `va`; other CPUs keep theirs
/// (`machine::flush_guests`). [APM3 "INVLPG"]
inline void invalidate_page(Va va) { asm volatile("invlpg (%0)" : : "r"(va.value()) : "memory"); }

}  // namespace svsm::mm
