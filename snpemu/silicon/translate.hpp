// SPDX-License-Identifier: MIT
// The walk of a guest's own page tables that the CPU makes for one access.
// [APM2 "Long-Mode Page Translation"]
#pragma once
#include <cstdint>
#include <expected>
#include <variant>

#include "snpemu/silicon/cpu_state.hpp"
#include "snpemu/silicon/guest_memory.hpp"

namespace snpemu {

struct Translation {
    Gpa gpa;
    model::Encryption encryption;
};
/// #PF with this error code.
struct GuestPageFault {
    std::uint32_t error_code;
};
/// The nested stage refused a page table or the page itself.
struct NestedFault {
    Gpa gpa;
    model::RmpFault fault;
};
using TranslationError = std::variant<GuestPageFault, NestedFault>;

enum class Ring : std::uint8_t { Supervisor, User };

/// Translates `va` with the CR0, CR3, CR4 and EFER of `cpu` as VMPL `vmpl`. Reads page tables privately,
/// whatever the C-bit of the entries above says, as an SNP CPU does. Knows only 4-level long mode and unpaged
/// modes; PAE and 32-bit paging give a page fault with error code 0. Sets no accessed or dirty bits.
[[nodiscard]] std::expected<Translation, TranslationError> translate(const CpuState& cpu,
                                                                     const GuestMemory& memory,
                                                                     abi::Vmpl vmpl, GuestVa va,
                                                                     model::AccessKind kind, Ring ring,
                                                                     unsigned c_bit);

/// Reads or writes virtual memory that may cross one page boundary, with all checks on both pages made first.
[[nodiscard]] std::expected<void, TranslationError> read_virtual(const CpuState& cpu,
                                                                 const GuestMemory& memory, abi::Vmpl vmpl,
                                                                 GuestVa va, std::span<std::byte> to,
                                                                 unsigned c_bit);
[[nodiscard]] std::expected<void, TranslationError> write_virtual(const CpuState& cpu,
                                                                  const GuestMemory& memory, abi::Vmpl vmpl,
                                                                  GuestVa va, std::span<const std::byte> from,
                                                                  unsigned c_bit);

}  // namespace snpemu
