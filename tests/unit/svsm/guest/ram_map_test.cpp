// SPDX-License-Identifier: MIT
// What the SVSM takes for its guest's memory decides which pages a call may name.
#include "svsm/guest/ram_map.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace svsm {
namespace {

std::vector<GpaRange> ranges(const RamMap& map) { return {map.begin(), map.end()}; }
constexpr GpaRange pages(std::uint64_t first, std::uint64_t end) {
    return {Gpa{first * page_bytes}, Gpa{end * page_bytes}};
}
RamMap map_of(const std::vector<GpaRange>& ranges) {
    RamMap map;
    for (const auto& range : ranges) EXPECT_TRUE(map.add(range));
    return map;
}

TEST(RamMap, contains_what_lies_inside_one_range) {
    const auto map = map_of({pages(0, 10), pages(20, 30)});
    EXPECT_TRUE(map.contains(pages(0, 10)));
    EXPECT_TRUE(map.contains(pages(29, 30)));
    EXPECT_FALSE(map.contains(pages(9, 11)));
    EXPECT_FALSE(map.contains(pages(5, 25)));
    EXPECT_FALSE(map.contains(pages(30, 31)));
}

TEST(RamMap, remove_cuts_ranges) {
    auto map = map_of({pages(0, 10), pages(20, 30)});
    EXPECT_TRUE(map.remove(pages(3, 5)));
    EXPECT_EQ(ranges(map), (std::vector{pages(0, 3), pages(5, 10), pages(20, 30)}));
    EXPECT_TRUE(map.remove(pages(8, 22)));
    EXPECT_EQ(ranges(map), (std::vector{pages(0, 3), pages(5, 8), pages(22, 30)}));
    EXPECT_TRUE(map.remove(pages(0, 100)));
    EXPECT_EQ(map.size(), 0u);
}

TEST(RamMap, an_empty_range_is_none) {
    RamMap map;
    EXPECT_TRUE(map.add(pages(5, 5)));
    EXPECT_EQ(map.size(), 0u);
}

TEST(RamMap, remove_without_room_changes_nothing) {
    RamMap map;
    for (std::uint64_t i = 0; i < max_ram_ranges; ++i) ASSERT_TRUE(map.add(pages(10 * i, 10 * i + 5)));
    const auto before = ranges(map);
    EXPECT_FALSE(map.remove(pages(1, 2)));
    EXPECT_EQ(ranges(map), before);
    EXPECT_FALSE(map.add(pages(7, 8)));
    EXPECT_EQ(ranges(map), before);
}

}  // namespace
}  // namespace svsm
