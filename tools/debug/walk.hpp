// SPDX-License-Identifier: MIT
// Translates a virtual into a physical address, as the CPU does in this machine. QEMU's own walk, which its
// gdb stub uses, knows neither nested paging nor a C-bit, and finds nothing of the machine's guests.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>

namespace tools::debug {

struct PagingState {
    std::uint64_t cr0 = 0, cr3 = 0, efer = 0, cr4 = 0;
    unsigned c_bit = 47;  ///< the machine's
};
/// Reads a quadword of physical memory.
using ReadPhysical = std::function<std::optional<std::uint64_t>(std::uint64_t address)>;

/// Paging of 4 levels, or 5 with CR4.LA57; without it, addresses are physical. Guest-physical memory is the
/// machine's own, one to one, when the C-bit is left out. Empty when nothing is mapped there.
[[nodiscard]] std::optional<std::uint64_t> to_physical(std::uint64_t address, const PagingState& state,
                                                       const ReadPhysical& read);

}  // namespace tools::debug
