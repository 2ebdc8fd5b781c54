// SPDX-License-Identifier: MIT
#include "tools/crypto/hash.hpp"

#include <gtest/gtest.h>

namespace tools::crypto {
namespace {

using Buffer = std::vector<std::byte>;

TEST(Hex, digits_of_either_case_are_read) {
    const Buffer bytes{std::byte{0x00}, std::byte{0x9a}, std::byte{0xff}};
    EXPECT_EQ(hex(bytes), "009aff");
    EXPECT_EQ(from_hex("009aff"), bytes);
    EXPECT_EQ(from_hex("009AfF"), bytes);
    EXPECT_EQ(from_hex(""), Buffer{});
}

TEST(Hex, half_a_byte_and_what_is_no_digit_are_refused) {
    for (const char* const text : {"0", "009", "0g", "g0", " 0", "0x", "-1", "0:", "/0", "0@", "`0"})
        EXPECT_FALSE(from_hex(text)) << text;
}

}  // namespace
}  // namespace tools::crypto
