// SPDX-License-Identifier: MIT
// Memory with page tables in it, seen by a CPU that may walk them between any two stores. The walk here is
// written from the manuals, without the library.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "paging/builder.hpp"

namespace paging {

/// What an address leads to: a page and the bits of its leaf.
struct Target {
    std::uint64_t page, bits;
    friend bool operator==(const Target&, const Target&) = default;
};

class World {
public:
    using Page = std::array<Entry, 512>;
    /// Tables lie here, pages that leaves lead to below.
    static constexpr std::uint64_t tables_begin = 1ull << 44;

    explicit World(const Format& format) : format{format}, root{add_page()} { tables[0].fill(0); }

    /// New tables hold what was there before: entries that look present and lead into the void.
    std::uint64_t add_page() {
        tables.emplace_back().fill(0xdead'beef'dead'beef);
        return tables_begin + (tables.size() - 1) * 4096;
    }
    Page* page_at(std::uint64_t address) {
        const std::uint64_t index = (address - tables_begin) / 4096;
        return address % 4096 != 0 || index >= tables.size() ? nullptr : &tables[index];
    }

    /// The walk of a CPU; nothing for an address that leads nowhere. Says in `broken` when it came upon a
    /// table that is none.
    std::optional<Target> look(std::uint64_t address) {
        std::uint64_t table = root;
        for (unsigned level = format.levels; level > 0; --level) {
            const Page* page = page_at(table);
            if (page == nullptr) return broken = "a walk leaves the tables", std::nullopt;
            const unsigned shift = 3 + 9 * level;
            const Entry entry = (*page)[address >> shift & 511];
            if ((entry & format.present) == 0) return std::nullopt;
            const std::uint64_t field = entry & 0x000f'ffff'ffff'f000 & ~format.c_bit;
            if (level > 1 && (entry & 0x80) == 0) {
                if ((entry & ~field) != format.link) broken = "a link has other bits";
                table = field;
                continue;
            }
            const std::uint64_t inside = (1ull << shift) - 1;
            const std::uint64_t bits = (entry & ~field) & ~(level > 1 ? 0x80ull : 0);
            return Target{(field & ~inside) | (address & inside & ~0xfffull), bits};
        }
        return std::nullopt;
    }

    /// Every entry of every table that a walk can reach is absent, or leads to a page, or to a table once.
    std::string check_tables() {
        std::vector<bool> seen(tables.size());
        check_table(root, format.levels, seen);
        return broken;
    }

    Format format;
    std::deque<Page> tables;
    std::uint64_t root;
    std::string broken;
    std::size_t pages_left = ~std::size_t{0}, stores = 0;
    std::function<void()> after_store;

private:
    void check_table(std::uint64_t address, unsigned level, std::vector<bool>& seen) {
        const Page* page = page_at(address);
        if (page == nullptr) return void(broken = "a link leads to no table");
        const auto index = (address - tables_begin) / 4096;
        if (seen[index]) return void(broken = "two links lead to one table");
        seen[index] = true;
        for (const Entry entry : *page) {
            if (entry == 0) continue;
            if ((entry & format.present) == 0) return void(broken = "an absent entry is not zero");
            const std::uint64_t field = entry & 0x000f'ffff'ffff'f000 & ~format.c_bit;
            if (level > 1 && (entry & 0x80) == 0)
                check_table(field, level - 1, seen);
            else if (field >= tables_begin || field % (1ull << (3 + 9 * level)) != 0)
                return void(broken = "a leaf leads where no page is");
        }
    }
};

/// The builder's view of a World; after each store, `after_store` looks at it.
struct Watched {
    World* world;
    Entry* entry(std::uint64_t address) const {
        return &(*world->page_at(address / 4096 * 4096))[address % 4096 / 8];
    }
    std::optional<std::uint64_t> allocate() const {
        if (world->pages_left == 0) return std::nullopt;
        --world->pages_left;
        return world->add_page();
    }
    void store(Entry& at, Entry value) const {
        at = value;
        ++world->stores;
        if (world->after_store) world->after_store();
    }
};
static_assert(Memory<Watched>);

inline Format long_mode() {
    constexpr Entry c = 1ull << 51;
    return {4, abi::Pte::present, abi::Pte::present | abi::Pte::writable | c, c};
}
inline Format nested_of_five() {
    return {5, abi::Pte::present, abi::Pte::present | abi::Pte::writable | abi::Pte::user, 0};
}
inline Format of_iommu() { return {3, 3, 3, 0}; }

}  // namespace paging
