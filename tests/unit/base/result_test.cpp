// SPDX-License-Identifier: MIT
#include "base/result.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using Number = std::expected<int, std::string>;

Number twice(Number number) { return 2 * TRY(number); }
std::expected<void, std::string> check(Number number) {
    TRY_VOID(number);
    return {};
}

TEST(Try, unwraps_a_value) { EXPECT_EQ(twice(21), 42); }

TEST(Try, returns_the_error) {
    EXPECT_EQ(twice(std::unexpected{"no"}).error(), "no");
    EXPECT_EQ(check(std::unexpected{"no"}).error(), "no");
    EXPECT_TRUE(check(1).has_value());
}

}  // namespace
