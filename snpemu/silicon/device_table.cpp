// SPDX-License-Identifier: MIT
#include "snpemu/silicon/device_table.hpp"

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
Spa page_in(std::uint64_t entry) { return Spa{entry & abi::Pte::address_mask & ~(page_bytes - 1)}; }

}  // namespace

DeviceTable::DeviceTable(PageSource new_page)
    : new_page_{new_page}, root_{static_cast<std::uint64_t*>(new_page())} {}

/// The entry of the 2 MiB around `at`.
std::uint64_t& DeviceTable::region_entry(Gpa at) {
    std::uint64_t& top = root_[abi::table_index(at.value(), 3)];
    if (top == 0) top = reinterpret_cast<std::uint64_t>(new_page_()) | open;
    return table_of(top)[abi::table_index(at.value(), 2)];
}

/// The table below `entry`. A new table maps what the entry mapped as a whole.
std::uint64_t* DeviceTable::split(std::uint64_t& entry) {
    if (entry != 0 && !is_large(entry)) return table_of(entry);
    auto* const table = static_cast<std::uint64_t*>(new_page_());
    const Spa first = page_in(entry);
    for (unsigned i = 0; entry != 0 && i < abi::page_table_entries; ++i)
        table[i] = (first + i * page_bytes).value() | open;
    // The table is complete before the entry links it: a device may walk it at any moment.
    entry = reinterpret_cast<std::uint64_t>(table) | open;
    return table;
}

void DeviceTable::set_within_region(GpaRange range, std::optional<Spa> first) {
    std::uint64_t& entry = region_entry(range.begin);
    const bool is_one = range.size() == large_page_bytes && (!first || first->is_aligned(large_page_bytes));
    // A table that exists stays: its page could serve nothing else.
    if (is_one && (entry == 0 || is_large(entry))) {
        entry = first ? first->value() | open | Entry::large : 0;
        return;
    }
    if (entry == 0 && !first) return;
    std::uint64_t* const table = split(entry);
    for (Gpa page = range.begin; page < range.end; page = page + page_bytes)
        table[abi::table_index(page.value(), 1)] = first ? (*first + (page - range.begin)).value() | open : 0;
}

void DeviceTable::set(GpaRange range, std::optional<Spa> first) {
    while (range.begin < range.end) {
        const Gpa next{round_down(range.begin.value(), large_page_bytes) + large_page_bytes};
        const Gpa end = std::min(next, range.end);
        set_within_region({range.begin, end}, first);
        if (first) first = *first + (end - range.begin);
        range.begin = end;
    }
}

void DeviceTable::show(GpaRange range, Spa first) { set(range, first); }
void DeviceTable::hide(GpaRange range) { set(range, std::nullopt); }

std::optional<Spa> DeviceTable::find(Gpa at) const {
    const std::uint64_t top = root_[abi::table_index(at.value(), 3)];
    if (top == 0) return std::nullopt;
    const std::uint64_t entry = table_of(top)[abi::table_index(at.value(), 2)];
    if (entry == 0) return std::nullopt;
    if (is_large(entry)) return page_in(entry) + round_down(at.value() % large_page_bytes, page_bytes);
    const std::uint64_t leaf = table_of(entry)[abi::table_index(at.value(), 1)];
    if (leaf == 0) return std::nullopt;
    return page_in(leaf);
}

}  // namespace snpemu
