// SPDX-License-Identifier: MIT
#include "base/fixed_vector.hpp"

#include <numeric>

#include <gtest/gtest.h>

TEST(FixedVector, push_back_into_a_full_one_changes_nothing) {
    FixedVector<int, 2> vector;
    EXPECT_TRUE(vector.empty());
    EXPECT_TRUE(vector.push_back(1));
    EXPECT_TRUE(vector.push_back(2));
    EXPECT_FALSE(vector.push_back(3));
    EXPECT_EQ(vector.size(), vector.capacity());
    EXPECT_EQ(vector[1], 2);
}

TEST(FixedVector, iterates_over_what_was_pushed) {
    FixedVector<int, 8> vector;
    for (int i = 1; i <= 3; ++i) ASSERT_TRUE(vector.push_back(i));
    EXPECT_EQ(std::accumulate(vector.begin(), vector.end(), 0), 6);
    vector.pop_back();
    EXPECT_EQ(vector.size(), 2u);
    vector.clear();
    EXPECT_EQ(vector.begin(), vector.end());
}
