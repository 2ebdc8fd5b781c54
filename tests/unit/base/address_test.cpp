// SPDX-License-Identifier: MIT
#include "base/address.hpp"

#include <gtest/gtest.h>

TEST(Address, sees_alignment_page_and_offset) {
    constexpr Gpa at{0x20'1234};
    EXPECT_FALSE(at.is_page_aligned());
    EXPECT_EQ(at.page(), Gpa{0x20'1000});
    EXPECT_EQ(at.page_offset(), 0x234u);
    EXPECT_TRUE(Gpa{0x20'0000}.is_aligned(large_page_bytes));
    EXPECT_FALSE(Gpa{0x20'1000}.is_aligned(large_page_bytes));
}

TEST(Address, checked_add_refuses_to_wrap) {
    EXPECT_EQ(Gpa{0x1000}.checked_add(0x1000), Gpa{0x2000});
    EXPECT_EQ(Gpa{~0ull}.checked_add(0), Gpa{~0ull});
    EXPECT_FALSE(Gpa{~0ull}.checked_add(1).has_value());
    EXPECT_FALSE(Gpa{0x1000}.checked_add(~0ull).has_value());
}

TEST(Range, is_half_open) {
    constexpr GpaRange range{Gpa{0x1000}, Gpa{0x3000}};
    EXPECT_TRUE(range.contains(Gpa{0x1000}));
    EXPECT_TRUE(range.contains(Gpa{0x2fff}));
    EXPECT_FALSE(range.contains(Gpa{0x3000}));
    EXPECT_FALSE(range.contains(Gpa{0xfff}));
    EXPECT_EQ(range.size(), 0x2000u);
}

TEST(Range, contains_a_range_only_as_a_whole) {
    constexpr GpaRange range{Gpa{0x1000}, Gpa{0x3000}};
    EXPECT_TRUE(range.contains(range));
    EXPECT_FALSE(range.contains(GpaRange{Gpa{0x0}, Gpa{0x2000}}));
    EXPECT_FALSE(range.contains(GpaRange{Gpa{0x2000}, Gpa{0x3001}}));
}

TEST(Range, neighbours_do_not_overlap) {
    constexpr GpaRange range{Gpa{0x1000}, Gpa{0x3000}};
    EXPECT_FALSE(range.overlaps(GpaRange{Gpa{0x3000}, Gpa{0x4000}}));
    EXPECT_FALSE(range.overlaps(GpaRange{Gpa{0x0}, Gpa{0x1000}}));
    EXPECT_TRUE(range.overlaps(GpaRange{Gpa{0x2fff}, Gpa{0x4000}}));
    EXPECT_TRUE(range.overlaps(GpaRange{Gpa{0x0}, Gpa{0x9000}}));
}

TEST(Range, make_refuses_to_wrap) {
    EXPECT_FALSE(GpaRange::make(Gpa{~0ull - 4}, 0x1000).has_value());
    EXPECT_EQ(GpaRange::make(Gpa{0x1000}, 0x1000), (GpaRange{Gpa{0x1000}, Gpa{0x2000}}));
}

TEST(Rounding, goes_to_the_next_multiple_unless_it_is_one) {
    EXPECT_EQ(round_up(0x1001, 0x1000), 0x2000u);
    EXPECT_EQ(round_up(0x1000, 0x1000), 0x1000u);
    EXPECT_EQ(round_down(0x1fff, 0x1000), 0x1000u);
}
