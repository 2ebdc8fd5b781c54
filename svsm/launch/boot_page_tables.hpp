// SPDX-License-Identifier: MIT
// Descriptor table and page tables of the guest's start: an identity map of the first 4 GiB.
//
//   table 0  root            -> 1
//   table 1  512 GiB         -> 2..5
//   table 2..5  1 GiB each      2 MiB pages, but the boot region -> 6
//   table 6  the boot region    4 KiB pages, so that the GHCB page alone is shared
#pragma once
#include <cstdint>

#include "svsm/guest/guest.hpp"

namespace svsm {

inline constexpr unsigned guest_page_tables = 7;
inline constexpr std::uint16_t guest_code_selector = 0x08, guest_data_selector = 0x10;
inline constexpr std::uint32_t guest_gdt_entries = 3;

/// Fills `table` with one of the tables above; `c_bit` is the bit's weight.
void fill_guest_page_table(PageBuffer& table, unsigned which, std::uint64_t c_bit);
void fill_guest_gdt(PageBuffer& page);

}  // namespace svsm
