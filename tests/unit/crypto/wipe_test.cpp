// SPDX-License-Identifier: MIT
#include "crypto/wipe.hpp"

#include <gtest/gtest.h>

#include <array>

namespace {

TEST(Wipe, clears_all_of_the_bytes_and_no_others) {
    std::array<std::byte, 5> bytes;
    bytes.fill(std::byte{0xa5});
    crypto::wipe(std::span{bytes}.subspan(1, 3));
    EXPECT_EQ(bytes, (std::array{std::byte{0xa5}, std::byte{}, std::byte{}, std::byte{}, std::byte{0xa5}}));
    crypto::wipe_object(bytes);
    EXPECT_EQ(bytes, (std::array<std::byte, 5>{}));
    crypto::wipe({});
}

}  // namespace
