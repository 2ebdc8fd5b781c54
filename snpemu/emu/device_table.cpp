// SPDX-License-Identifier: MIT
#include "snpemu/emu/device_table.hpp"

#include <algorithm>

#include "abi/x86/paging.hpp"
#include "abi/x86/vtd.hpp"

namespace snpemu {
namespace {

using abi::vtd::Entry;

constexpr std::uint64_t open = Entry::read | Entry::write;

std::uint64_t* table_of(std::uint64_t entry) {
    return reinterpret_cast<std::uint64_t*>(entry & abi::Pte::address_mask);
}
bool is_large(std::uint64_t entry) { return (entry & Entry::large) != 0; }

}  // namespace

DeviceTable::DeviceTable(PageSource new_page)
    : new_page_{new_page}, root_{static_cast<std::uint64_t*>(new_page())} {}

/// The entry of the 2 MiB around `at`.
std::uint64_t& DeviceTable::region_entry(Gpa at) {
    std::uint64_t& top = root_[abi::table_index(at.value(), 3)];
    if (top == 0) top = reinterpret_cast<std::uint64_t>(new_page_()) | open;
    return table_of(top)[abi::table_index(at.value(), 2)];
}

/// The table below `entry`, which says the same as the entry did until now.
std::uint64_t* DeviceTable::split(std::uint64_t& entry, Gpa region) {
    if (entry != 0 && !is_large(entry)) return table_of(entry);
    auto* const table = static_cast<std::uint64_t*>(new_page_());
    for (unsigned i = 0; entry != 0 && i < abi::page_table_entries; ++i)
        table[i] = (region.value() + i * page_bytes) | open;
    // Complete before it is linked: a device may look at any moment.
    entry = reinterpret_cast<std::uint64_t>(table) | open;
    return table;
}

void DeviceTable::set_within_region(GpaRange range, Wanted wanted) {
    const Gpa region{round_down(range.begin.value(), large_page_bytes)};
    std::uint64_t& entry = region_entry(region);
    const bool is_whole = range.size() == large_page_bytes;
    // A table that is there stays: nothing could be done with its page.
    if (is_whole && (entry == 0 || is_large(entry))) {
        entry = wanted == Wanted::Shown ? region.value() | open | Entry::large : 0;
        return;
    }
    if (entry == 0 && wanted == Wanted::Hidden) return;
    std::uint64_t* const table = split(entry, region);
    for (Gpa page = range.begin; page < range.end; page = page + page_bytes)
        table[abi::table_index(page.value(), 1)] = wanted == Wanted::Shown ? page.value() | open : 0;
}

void DeviceTable::set(GpaRange range, Wanted wanted) {
    while (range.begin < range.end) {
        const Gpa next{round_down(range.begin.value(), large_page_bytes) + large_page_bytes};
        const Gpa end = std::min(next, range.end);
        set_within_region({range.begin, end}, wanted);
        range.begin = end;
    }
}

void DeviceTable::show(GpaRange range) { set(range, Wanted::Shown); }
void DeviceTable::hide(GpaRange range) { set(range, Wanted::Hidden); }

bool DeviceTable::shows(Gpa at) const {
    const std::uint64_t top = root_[abi::table_index(at.value(), 3)];
    if (top == 0) return false;
    const std::uint64_t entry = table_of(top)[abi::table_index(at.value(), 2)];
    if (entry == 0 || is_large(entry)) return entry != 0;
    return table_of(entry)[abi::table_index(at.value(), 1)] != 0;
}

}  // namespace snpemu
