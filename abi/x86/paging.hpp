// SPDX-License-Identifier: MIT
// Entries of 4-level page tables, guest and nested alike. [APM2 "Long-Mode Page Translation"]
#pragma once
#include <cstdint>

namespace abi {

struct Pte {
    static constexpr std::uint64_t present = 1, writable = 2, user = 4, accessed = 1 << 5, dirty = 1 << 6,
                                   large = 1 << 7, global = 1 << 8, no_execute = 1ull << 63;
    /// Address field of an entry, C-bit included.
    static constexpr std::uint64_t address_mask = 0x000f'ffff'ffff'f000;
};
inline constexpr unsigned page_table_entries = 512;

/// Index of `address` in the table of `level` (1 = the table of 4 KiB entries, 4 = the root).
constexpr unsigned table_index(std::uint64_t address, unsigned level) {
    return static_cast<unsigned>(address >> (12 + 9 * (level - 1)) & 511);
}
static_assert(table_index(0xffff'ffff'8000'0000, 4) == 511 && table_index(0xffff'ffff'8000'0000, 3) == 510);

/// Error code of #PF.
struct PageFaultError {
    static constexpr std::uint32_t present = 1, write = 2, user = 4, reserved = 8, fetch = 16;
};

}  // namespace abi
