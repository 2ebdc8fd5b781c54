// SPDX-License-Identifier: MIT
// Lines of the host that outlive a page's validation, until both ends of the page were read.
#include "snpemu/silicon/stale_lines.hpp"

#include <array>

#include <gtest/gtest.h>

namespace snpemu {
namespace {

constexpr Gpa page(std::uint64_t number) { return Gpa{number * page_bytes}; }

TEST(StaleLines, are_gone_when_both_ends_were_read) {
    std::array<std::uint8_t, 8> map{};
    StaleLines stale{map};
    stale.begin({page(2), page(5)});
    EXPECT_EQ(stale.count(), 3u);
    stale.read(page(3));
    stale.read(page(3) + 0x800);
    stale.read(page(3));
    EXPECT_TRUE(stale.has(page(3) + 0x123));
    stale.read(page(3) + 0xfff);
    EXPECT_FALSE(stale.has(page(3)));
    EXPECT_TRUE(stale.has(page(2)) && stale.has(page(4)));
    EXPECT_EQ(stale.count(), 2u);
}

TEST(StaleLines, come_back_when_the_host_had_the_page_again) {
    std::array<std::uint8_t, 8> map{};
    StaleLines stale{map};
    stale.begin({page(1), page(2)});
    stale.read(page(1));
    stale.begin({page(1), page(2)});
    stale.read(page(1) + 0xfff);
    EXPECT_TRUE(stale.has(page(1))) << "the first byte was read before";
    stale.end({page(0), page(8)});
    EXPECT_EQ(stale.count(), 0u);
}

TEST(StaleLines, are_none_outside_the_map) {
    StaleLines none;
    none.begin({page(0), page(4)});
    EXPECT_FALSE(none.has(page(0)));
    EXPECT_EQ(none.count(), 0u);
}

}  // namespace
}  // namespace snpemu
