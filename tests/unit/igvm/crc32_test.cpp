// SPDX-License-Identifier: MIT
#include "igvm/crc32.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace igvm {
namespace {

TEST(Crc32, matches_the_published_check_value) {
    EXPECT_EQ(crc32(std::as_bytes(std::span{std::string_view{"123456789"}})), 0xcbf4'3926u);
    EXPECT_EQ(crc32({}), 0u);
}

TEST(Crc32, continues_where_it_stopped) {
    const std::uint32_t head = crc32(std::as_bytes(std::span{std::string_view{"1234"}}));
    EXPECT_EQ(crc32(std::as_bytes(std::span{std::string_view{"56789"}}), head), 0xcbf4'3926u);
}

}  // namespace
}  // namespace igvm
