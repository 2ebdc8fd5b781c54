// SPDX-License-Identifier: MIT
#include "tests/machine/image/tables.hpp"

#include <array>

#include "abi/x86/paging.hpp"
#include "tests/machine/lib/info.hpp"

namespace rules {
namespace {

using Table = std::array<std::uint64_t, abi::page_table_entries>;

constexpr std::uint64_t link = abi::Pte::present | abi::Pte::writable | abi::Pte::accessed,
                        leaf = link | abi::Pte::dirty;
constexpr std::uint64_t gib = 1ull << 30, gibs = map_end / gib,
                        small_tables = small_map_end / large_page_bytes;
static_assert(table_pages == 3 + 2 * gibs + small_tables);

}  // namespace

std::vector<tools::image::Page> build_tables(Gpa tables, unsigned c_bit) {
    const std::uint64_t encrypted = 1ull << c_bit;
    std::vector<Table> all(table_pages);
    const auto pointer = [&](std::uint64_t index) {
        return (tables + index * page_bytes).value() | encrypted | link;
    };
    // Root, two tables of 512 GiB, then those of 1 GiB (private, shared), then those of 2 MiB.
    constexpr std::uint64_t first_private = 3, first_shared = 3 + gibs, first_small = 3 + 2 * gibs;
    all[0][0] = pointer(1);
    all[0][abi::table_index(shared_base, 4)] = pointer(2);
    for (std::uint64_t i = 0; i < gibs; ++i) {
        all[1][i] = pointer(first_private + i);
        all[2][i] = pointer(first_shared + i);
        for (std::uint64_t j = 0; j < abi::page_table_entries; ++j) {
            const std::uint64_t address = i * gib + j * large_page_bytes;
            all[first_private + i][j] = address | encrypted | leaf | abi::Pte::large;
            all[first_shared + i][j] = address | leaf | abi::Pte::large;
        }
    }
    for (std::uint64_t i = 0; i < small_tables; ++i) {
        all[first_private][i] = pointer(first_small + i);
        for (std::uint64_t j = 0; j < abi::page_table_entries; ++j)
            all[first_small + i][j] = i * large_page_bytes | j * page_bytes | encrypted | leaf;
    }
    std::vector<tools::image::Page> pages;
    for (std::uint64_t i = 0; i < table_pages; ++i) {
        const auto bytes = std::as_bytes(std::span{all[i]});
        pages.push_back({tables + i * page_bytes, {bytes.begin(), bytes.end()}});
    }
    return pages;
}

}  // namespace rules
