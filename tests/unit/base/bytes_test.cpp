// SPDX-License-Identifier: MIT
#include "base/bytes.hpp"

#include <array>

#include <gtest/gtest.h>

namespace {

const std::array<std::byte, 6> six{std::byte{1}, std::byte{2}, std::byte{3},
                                   std::byte{4}, std::byte{5}, std::byte{6}};

TEST(Load, is_little_endian_at_any_alignment) {
    EXPECT_EQ(load<std::uint16_t>(six, 0), 0x0201);
    EXPECT_EQ(load<std::uint32_t>(six, 1), 0x0504'0302u);
}

TEST(Load, refuses_what_does_not_lie_inside_entirely) {
    EXPECT_TRUE(load<std::uint32_t>(six, 2).has_value());
    EXPECT_FALSE(load<std::uint32_t>(six, 3).has_value());
    EXPECT_FALSE(load<std::uint8_t>(six, 6).has_value());
    EXPECT_FALSE(load<std::uint8_t>(six, ~0ull).has_value());
}

TEST(Slice, refuses_what_does_not_lie_inside_entirely) {
    EXPECT_EQ(slice(six, 4, 2)->size(), 2u);
    EXPECT_TRUE(slice(six, 6, 0).has_value());
    EXPECT_FALSE(slice(six, 4, 3).has_value());
    EXPECT_FALSE(slice(six, 7, 0).has_value());
    EXPECT_FALSE(slice(six, 2, ~0ull).has_value());
}

}  // namespace
