// SPDX-License-Identifier: MIT
#include "base/masked_index.hpp"

#include <gtest/gtest.h>

namespace {

/// At run time: the constants of the header are judged by static_assert, and not by the same code.
std::uint64_t mask(std::uint64_t index, std::uint64_t bound) {
    volatile std::uint64_t i = index, b = bound;
    return masked_index(i, b);
}

TEST(MaskedIndex, below_the_bound_it_is_the_index) {
    for (const std::uint64_t bound : {1ull, 3ull, 512ull, 1ull << 63})
        for (const std::uint64_t index : {std::uint64_t{0}, bound / 2, bound - 1})
            EXPECT_EQ(mask(index, bound), index);
}

TEST(MaskedIndex, at_the_bound_and_beyond_it_is_the_first) {
    for (const std::uint64_t bound : {1ull, 3ull, 512ull, 1ull << 63})
        for (const std::uint64_t index : {bound, bound + 1, ~std::uint64_t{0}})
            EXPECT_EQ(mask(index, bound), 0u);
}

TEST(MaskedIndex, of_an_empty_table_it_is_the_first) { EXPECT_EQ(mask(0, 0), 0u); }

}  // namespace
