// SPDX-License-Identifier: MIT
// One root, one table per upper level, and a leaf table for every 2 MiB.
#include "tools/image/page_tables.hpp"

#include <array>

#include "abi/adyton/boot_block.hpp"
#include "abi/x86/paging.hpp"

namespace tools::image {
namespace {

using Table = std::array<std::uint64_t, abi::page_table_entries>;
constexpr std::uint64_t base = abi::adyton::svsm_link_base;

/// Accessed and dirty are set from the start: the CPU then never writes to a table, so no walk can
/// fault on one.
std::uint64_t leaf_flags(Rights rights) {
    constexpr std::uint64_t common = abi::Pte::present | abi::Pte::accessed;
    switch (rights) {
        case Rights::Unmapped: return 0;
        case Rights::Read: return common | abi::Pte::no_execute;
        case Rights::ReadWrite: return common | abi::Pte::no_execute | abi::Pte::writable | abi::Pte::dirty;
        case Rights::ReadExecute: return common;
    }
    return 0;
}

Page to_page(Gpa gpa, const Table& table) {
    const auto bytes = std::as_bytes(std::span{table});
    return {gpa, Buffer{bytes.begin(), bytes.end()}};
}

}  // namespace

std::vector<Page> build_page_tables(Gpa tables, GpaRange region, std::span<const Rights> rights,
                                    unsigned c_bit) {
    const std::uint64_t encrypted = 1ull << c_bit;
    constexpr std::uint64_t link = abi::Pte::present | abi::Pte::writable | abi::Pte::accessed;
    const auto table_at = [&](std::uint64_t index) {
        return (tables + index * page_bytes).value() | encrypted | link;
    };

    Table root{}, level3{}, level2{};
    root[abi::table_index(base, 4)] = table_at(1);
    level3[abi::table_index(base, 3)] = table_at(2);
    const std::uint64_t leaf_tables = table_pages(region.size()) - 3;
    for (std::uint64_t i = 0; i < leaf_tables; ++i)
        level2[abi::table_index(base + i * large_page_bytes, 2)] = table_at(3 + i);

    std::vector<Page> pages{to_page(tables, root), to_page(tables + page_bytes, level3),
                            to_page(tables + 2 * page_bytes, level2)};
    for (std::uint64_t i = 0; i < leaf_tables; ++i) {
        Table leaf{};
        for (std::uint64_t entry = 0; entry < leaf.size(); ++entry) {
            const std::uint64_t page = i * leaf.size() + entry;
            if (page >= rights.size()) break;  // the region ends within this table
            if (const std::uint64_t flags = leaf_flags(rights[page]); flags != 0)
                leaf[entry] = (region.begin + page * page_bytes).value() | encrypted | flags;
        }
        pages.push_back(to_page(tables + (3 + i) * page_bytes, leaf));
    }
    return pages;
}

}  // namespace tools::image
