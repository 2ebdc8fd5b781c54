// SPDX-License-Identifier: MIT
// Reserved bytes and freed pages: whether all are zero.
#pragma once
#include <algorithm>
#include <cstddef>
#include <ranges>

/// Whether every element of `bytes` is zero; true for none.
template <std::ranges::input_range R>
[[nodiscard]] constexpr bool is_zero(const R& bytes) {
    return std::ranges::all_of(bytes, [](auto byte) { return byte == std::ranges::range_value_t<R>{}; });
}
