// SPDX-License-Identifier: MIT
// The walk of a guest's own page tables that the CPU makes for one access. [APM2 "Long-Mode Page
// Translation", "Legacy-Mode Page Translation"]
#pragma once
#include <cstdint>
#include <expected>
#include <span>
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
/// #GP, or #SS for the stack: bits 63:47 of the address are not alike.
struct NotCanonical {};
[[nodiscard]] constexpr bool is_canonical(std::uint64_t va) {
    const std::uint64_t top = va >> 47;
    return top == 0 || top == 0x1'ffff;
}
using TranslationError = std::variant<GuestPageFault, NestedFault, NotCanonical>;

enum class Ring : std::uint8_t { Supervisor, User };

/// Translates `va` with the CR0, CR3, CR4 and EFER of `cpu` as VMPL `vmpl`, in every paging mode, and sets Accessed
/// and Dirty as the access would; on an error no bit was set. Page tables are read privately, whatever the C-bit of
/// the entries above says, as an SNP CPU does. With 32-bit paging, whose entries have no C-bit, and without paging
/// every access is private.
[[nodiscard]] std::expected<Translation, TranslationError> translate(const CpuState& cpu,
                                                                     const GuestMemory& memory,
                                                                     abi::Vmpl vmpl, GuestVa va,
                                                                     model::AccessKind kind, Ring ring,
                                                                     unsigned c_bit);

/// Reads or writes virtual memory at CPL 0 that may cross one page boundary, with all checks on both pages made first.
[[nodiscard]] std::expected<void, TranslationError> read_virtual(const CpuState& cpu,
                                                                 const GuestMemory& memory, abi::Vmpl vmpl,
                                                                 GuestVa va, std::span<std::byte> to,
                                                                 unsigned c_bit);
[[nodiscard]] std::expected<void, TranslationError> write_virtual(const CpuState& cpu,
                                                                  const GuestMemory& memory, abi::Vmpl vmpl,
                                                                  GuestVa va, std::span<const std::byte> from,
                                                                  unsigned c_bit);
/// Reads code. A fetch is private whatever the C-bit says. [APM2 "Encrypted Memory Support"]
[[nodiscard]] std::expected<void, TranslationError> fetch_virtual(const CpuState& cpu,
                                                                  const GuestMemory& memory, abi::Vmpl vmpl,
                                                                  GuestVa va, Ring ring,
                                                                  std::span<std::byte> to, unsigned c_bit);

}  // namespace snpemu
