// SPDX-License-Identifier: MIT
// The page tables with which a program of rules starts (lib/info.hpp says what they map).
#pragma once
#include <vector>

#include "tools/image/memory.hpp"

namespace rules {

inline constexpr std::uint64_t table_pages = 1 + 2 + 8 + 32;
/// `table_pages` pages from `tables` on, the root first.
[[nodiscard]] std::vector<tools::image::Page> build_tables(Gpa tables, unsigned c_bit);

}  // namespace rules
