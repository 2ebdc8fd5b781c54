// SPDX-License-Identifier: MIT
// Builds and edits page tables that a CPU or a device may be walking at the same time. Each change is a
// sequence of stores of single entries; after every one of them each address leads where it led before or
// where it will lead afterwards. A new table is complete before it is linked. The caller flushes
// translations that were cached, and keeps two builders of the same tables apart. Tables are never given
// back to their source.
#pragma once
#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>

#include "base/result.hpp"
#include "paging/format.hpp"
#include "paging/walk.hpp"

namespace paging {

/// What a program provides: its address of an entry, and pages for new tables.
template <class M>
concept Memory = requires(M memory, std::uint64_t address, Entry& at, Entry value) {
    /// The entry at a physical address; the entries behind it in its table follow it here too.
    { memory.entry(address) } -> std::same_as<Entry*>;
    /// Physical address of a page for a table, with any contents. Empty when there is none.
    { memory.allocate() } -> std::same_as<std::optional<std::uint64_t>>;
    /// Makes `value` visible to all that walk the tables.
    memory.store(at, value);
};

/// One aligned 8-byte store, which a walk sees whole, and after all stores that filled the table it
/// may lead to.
struct LiveStore {
    static void store(Entry& at, Entry value) { std::atomic_ref{at}.store(value, std::memory_order_release); }
};

enum class Error : std::uint8_t {
    NoPage,       ///< the source of tables is empty
    LeafInTheWay  ///< a large leaf covers the address where a table is needed
};

/// Addresses [begin, begin + bytes), whole pages.
struct Span {
    std::uint64_t begin, bytes;
    [[nodiscard]] constexpr Span behind(std::uint64_t done) const { return {begin + done, bytes - done}; }
};

template <Memory M>
class Builder {
public:
    /// `root` is the physical address of a table of the highest level.
    Builder(M memory, const Format& format, std::uint64_t root)
        : memory_{memory}, format_{format}, root_{root} {}

    /// The entry of `level` for `address`; null when a table on the way is missing or a large
    /// leaf is in the way.
    [[nodiscard]] Entry* find(std::uint64_t address, unsigned level) {
        std::uint64_t table = root_;
        for (unsigned at = format_.levels; at > level; --at) {
            const Entry entry = *slot(table, address, at);
            if (!leads_to_table(entry, at)) return nullptr;
            table = format_.table_of(entry);
        }
        return slot(table, address, level);
    }

    /// The byte that `address` leads to; empty when it leads nowhere.
    [[nodiscard]] std::optional<std::uint64_t> target_of(std::uint64_t address) {
        const auto load = [this](std::uint64_t at) -> std::expected<Entry, Error> {
            return *memory_.entry(at);
        };
        const auto found = walk(format_, root_, address, load, [](Entry) {});
        if (!found || !format_.is_present(found->entry)) return std::nullopt;
        return target(format_, *found, address);
    }

    /// As `find`, but adds missing tables. NoPage or LeafInTheWay: added tables stay, empty.
    [[nodiscard]] std::expected<Entry*, Error> make(std::uint64_t address, unsigned level) {
        std::uint64_t table = root_;
        for (unsigned at = format_.levels; at > level; --at) {
            Entry* const entry = slot(table, address, at);
            const Entry there = *entry;
            if (leads_to_table(there, at)) {
                table = format_.table_of(there);
                continue;
            }
            if (format_.is_present(there)) return std::unexpected{Error::LeafInTheWay};
            table = TRY(link_empty_table(*entry));
        }
        return slot(table, address, level);
    }

    /// Leads `span` to the pages from `page` on, with `bits` in each leaf, wherever it led before. Leaves are
    /// as large as both addresses, the span and `largest` (a level) allow, but an existing table stays, and a
    /// larger leaf that maps its neighbours differently is split. NoPage: some beginning of the span leads to
    /// the new place, the rest where it did.
    std::expected<void, Error> map(Span span, std::uint64_t page, Entry bits, unsigned largest = 1) {
        while (span.bytes != 0) {
            const Place at = TRY(place_for_leaf(span, page, largest));
            const std::uint64_t leaves = leaves_here(at, span);
            for (std::uint64_t i = 0; i < leaves; ++i)
                memory_.store(at.entry[i], Format::to_page(page + i * bytes_at(at.level), at.level, bits));
            page += leaves * bytes_at(at.level);
            span = span.behind(leaves * bytes_at(at.level));
        }
        return {};
    }

    /// Leads `span` nowhere; true when some of it led somewhere. A leaf that lies in the span in part only is
    /// split. NoPage: some beginning of the span leads nowhere, the rest where it did.
    std::expected<bool, Error> unmap(Span span) {
        bool seen = false;
        while (span.bytes != 0) {
            const Place at = TRY(end_of_walk(span));
            const std::uint64_t entries = at.level == 1 ? leaves_here(at, span) : 1;
            for (std::uint64_t i = 0; i < entries; ++i) {
                if (!format_.is_present(at.entry[i])) continue;
                seen = true;
                memory_.store(at.entry[i], 0);
            }
            // An entry that is not present covers the rest of its range, of which the span may be a part.
            const std::uint64_t rest = bytes_at(at.level) - span.begin % bytes_at(at.level);
            span = span.behind(std::min(span.bytes, rest + (entries - 1) * bytes_at(at.level)));
        }
        return seen;
    }

private:
    struct Place {
        Entry* entry;
        unsigned level;
    };

    Entry* slot(std::uint64_t table, std::uint64_t address, unsigned level) {
        return memory_.entry(table + sizeof(Entry) * abi::table_index(address, level));
    }
    bool leads_to_table(Entry entry, unsigned level) const {
        return format_.is_present(entry) && !Format::is_leaf(entry, level);
    }
    static bool covers_entry(Span span, unsigned level) {
        return span.begin % bytes_at(level) == 0 && span.bytes >= bytes_at(level);
    }
    /// Number of entries from `at` on that lie in one table and in the span. More than one at 4 KiB only: a
    /// neighbour of a large leaf may be a table.
    static std::uint64_t leaves_here(Place at, Span span) {
        if (at.level > 1) return 1;
        const std::uint64_t in_table = abi::page_table_entries - abi::table_index(span.begin, 1);
        return std::min(in_table, span.bytes / bytes_at(1));
    }

    /// Turns `entry`, which is not present, into a link to an empty table, and returns the table's address.
    std::expected<std::uint64_t, Error> link_empty_table(Entry& entry) {
        const auto fresh = memory_.allocate();
        if (!fresh) return std::unexpected{Error::NoPage};
        std::memset(memory_.entry(*fresh), 0, sizeof(Entry) * abi::page_table_entries);
        memory_.store(entry, format_.to_table(*fresh));
        return *fresh;
    }
    /// Turns `entry`, a large leaf of `level`, into a link to a table that maps the same.
    std::expected<std::uint64_t, Error> link_split_table(Entry& entry, unsigned level) {
        const auto fresh = memory_.allocate();
        if (!fresh) return std::unexpected{Error::NoPage};
        split(format_, entry, level, Table{memory_.entry(*fresh), abi::page_table_entries});
        memory_.store(entry, format_.to_table(*fresh));
        return *fresh;
    }

    std::expected<Place, Error> place_for_leaf(Span span, std::uint64_t page, unsigned largest) {
        std::uint64_t table = root_;
        for (unsigned level = format_.levels;; --level) {
            Entry* const entry = slot(table, span.begin, level);
            if (level == 1) return Place{entry, level};
            if (!leads_to_table(*entry, level)) {
                if (level <= largest && covers_entry(span, level) && page % bytes_at(level) == 0)
                    return Place{entry, level};
                TRY_VOID(format_.is_present(*entry) ? link_split_table(*entry, level)
                                                    : link_empty_table(*entry));
            }
            table = format_.table_of(*entry);
        }
    }

    /// The entry that covers the span's beginning: not present, or a leaf that lies in the span as a whole.
    std::expected<Place, Error> end_of_walk(Span span) {
        std::uint64_t table = root_;
        for (unsigned level = format_.levels;; --level) {
            Entry* const entry = slot(table, span.begin, level);
            if (level == 1 || !format_.is_present(*entry)) return Place{entry, level};
            if (Format::is_leaf(*entry, level)) {
                if (covers_entry(span, level)) return Place{entry, level};
                TRY_VOID(link_split_table(*entry, level));
            }
            table = format_.table_of(*entry);
        }
    }

    M memory_;
    Format format_;
    std::uint64_t root_;
};

}  // namespace paging
