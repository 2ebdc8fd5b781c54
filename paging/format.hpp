// SPDX-License-Identifier: MIT
// How one kind of page table encodes its entries: a guest's own, nested, or an IOMMU's. What an entry allows
// is not here: the bits of a leaf are the caller's.
// [APM2 "Long-Mode Page Translation"] [VT-d "Second-Level Translation"]
#pragma once
#include <cstdint>
#include <span>

#include "abi/x86/paging.hpp"

namespace paging {

using Entry = std::uint64_t;
using Table = std::span<Entry, abi::page_table_entries>;

/// Bytes that one entry of `level` covers; level 1 has the entries of 4 KiB.
constexpr std::uint64_t bytes_at(unsigned level) { return std::uint64_t{1} << (12 + 9 * (level - 1)); }

struct Format {
    /// Of the root: 3 to 5.
    unsigned levels = 4;
    /// An entry without any of these bits leads nowhere.
    Entry present = abi::Pte::present;
    /// Bits of an entry that leads to a table, besides the table's address; the C-bit is among them.
    Entry link = abi::Pte::present | abi::Pte::writable;
    /// Weight of the C-bit, which lies in the address field and is no part of an address. 0: there is none.
    Entry c_bit = 0;

    [[nodiscard]] constexpr bool is_present(Entry entry) const { return (entry & present) != 0; }
    /// Whether a present entry ends the walk.
    [[nodiscard]] static constexpr bool is_leaf(Entry entry, unsigned level) {
        return level == 1 || (level <= largest_leaf && (entry & abi::Pte::large) != 0);
    }
    /// Address of the table that an entry leads to.
    [[nodiscard]] constexpr std::uint64_t table_of(Entry entry) const { return entry & address_mask(); }
    /// Address of the page of a leaf.
    [[nodiscard]] constexpr std::uint64_t page_of(Entry leaf, unsigned level) const {
        return leaf & address_mask() & ~(bytes_at(level) - 1);
    }
    [[nodiscard]] constexpr Entry to_table(std::uint64_t table) const { return table | link; }
    /// `bits` are the rights on the page, and the C-bit if the page is encrypted.
    [[nodiscard]] static constexpr Entry to_page(std::uint64_t page, unsigned level, Entry bits) {
        return page | bits | (level > 1 ? abi::Pte::large : 0);
    }

    static constexpr unsigned largest_leaf = 3;

private:
    [[nodiscard]] constexpr Entry address_mask() const { return abi::Pte::address_mask & ~c_bit; }
};

/// Fills `table`, which is not linked yet, with leaves that together map what `leaf` of `level` (2
/// or 3) maps.
void split(const Format& format, Entry leaf, unsigned level, Table table);

}  // namespace paging
