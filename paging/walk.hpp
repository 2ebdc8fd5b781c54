// SPDX-License-Identifier: MIT
// The walk that a CPU or an IOMMU makes. The caller fetches each entry and may refuse one; it also judges
// what the entries on the way allow.
#pragma once
#include <cstdint>
#include <expected>

#include "base/result.hpp"
#include "paging/format.hpp"

namespace paging {

/// The last entry of a walk: a leaf, or an entry that is not present.
struct Found {
    Entry entry;
    unsigned level;
};

/// The byte that `address` leads to through a leaf.
constexpr std::uint64_t target(const Format& format, Found leaf, std::uint64_t address) {
    return format.page_of(leaf.entry, leaf.level) | (address & (bytes_at(leaf.level) - 1));
}

/// Walks from the table at `root`. `load(at)` gives the entry that lies at the physical address `at`, as an
/// expected; its error ends the walk and is the result. `visit(entry)` sees each present
/// entry, the leaf last.
template <class Load, class Visit>
constexpr auto walk(const Format& format, std::uint64_t root, std::uint64_t address, Load load, Visit visit)
    -> std::expected<Found, typename decltype(load(root))::error_type> {
    std::uint64_t table = root;
    for (unsigned level = format.levels;; --level) {
        const Entry entry = TRY(load(table + sizeof(Entry) * abi::table_index(address, level)));
        if (!format.is_present(entry)) return Found{entry, level};
        visit(entry);
        if (Format::is_leaf(entry, level)) return Found{entry, level};
        table = format.table_of(entry);
    }
}

}  // namespace paging
