// SPDX-License-Identifier: MIT
#include "base/bits.hpp"

#include <gtest/gtest.h>

using Field = Bits<11, 4>;

TEST(Bits, get_reads_only_the_field) { EXPECT_EQ(Field::get(0xffff'f5af), 0x5au); }

TEST(Bits, put_drops_what_does_not_fit) { EXPECT_EQ(Field::put(0x1ff), 0xff0u); }

TEST(Bits, set_keeps_the_rest_of_the_register) { EXPECT_EQ(Field::set(0xffff'ffff, 0x5a), 0xffff'f5afu); }

TEST(Bits, a_field_may_be_the_whole_register) {
    using Whole = Bits<63, 0>;
    EXPECT_EQ(Whole::mask, ~0ull);
    EXPECT_EQ(Whole::get(0x1234), 0x1234u);
}

TEST(Bits, test_sees_any_bit_of_the_field) {
    EXPECT_TRUE(Field::test(0x800));
    EXPECT_FALSE(Field::test(0xf00f & ~0xff0u));
}
