// SPDX-License-Identifier: MIT
// The page tables on which the SVSM executes its first instruction.
#pragma once
#include <span>
#include <vector>

#include "tools/image/memory.hpp"

namespace tools::image {

/// Number of table pages for a region: root, two levels below it, and one table of 4 KiB entries per 2 MiB.
[[nodiscard]] constexpr std::uint64_t table_pages(std::uint64_t region_bytes) {
    return 3 + (region_bytes + large_page_bytes - 1) / large_page_bytes;
}

/// Maps the region linearly at the link base with 4 KiB entries, every entry encrypted. The tables themselves
/// lie at `tables` onwards; the first is the root.
[[nodiscard]] std::vector<Page> build_page_tables(Gpa tables, GpaRange region, std::span<const Rights> rights,
                                                  unsigned c_bit);

}  // namespace tools::image
