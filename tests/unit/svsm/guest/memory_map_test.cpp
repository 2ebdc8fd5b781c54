// SPDX-License-Identifier: MIT
// The memory map comes from the hypervisor; what the SVSM makes of it decides which pages a guest may name.
#include "svsm/guest/memory_map.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "abi/igvm/format.hpp"
#include "abi/snp/vmsa.hpp"

namespace svsm {
namespace {

using abi::igvm::MemoryMapEntry;

constexpr Gpa limit{1ull << 47};
constexpr std::uint64_t limit_page = limit.value() / page_bytes;
constexpr std::uint16_t memory = 0, reserved = 1;

BootExpected<RamMap> parse(const std::vector<MemoryMapEntry>& entries, Gpa end = limit) {
    std::vector<MemoryMapEntry> page(page_bytes / sizeof(MemoryMapEntry));
    std::ranges::copy(entries, page.begin());
    return RamMap::parse(std::as_bytes(std::span{page}), end);
}
std::vector<GpaRange> ranges(const RamMap& map) { return {map.begin(), map.end()}; }
constexpr GpaRange pages(std::uint64_t first, std::uint64_t end) {
    return {Gpa{first * page_bytes}, Gpa{end * page_bytes}};
}

TEST(RamMap, keeps_ram_and_forgets_the_rest) {
    const auto map = parse({{0, 160, memory, 0, 0}, {160, 96, reserved, 0, 0}, {256, 256, memory, 0, 0}});
    ASSERT_TRUE(map.has_value());
    EXPECT_EQ(ranges(*map), (std::vector{pages(0, 160), pages(256, 512)}));
    EXPECT_EQ(map->bytes(), (160 + 256) * page_bytes);
}

TEST(RamMap, ends_at_the_first_empty_entry) {
    const auto map = parse({{0, 1, memory, 0, 0}, {5, 0, memory, 0, 0}, {9, 1, memory, 0, 0}});
    EXPECT_EQ(ranges(*map), (std::vector{pages(0, 1)}));
    EXPECT_EQ(parse({})->size(), 0u);
}

TEST(RamMap, sorts_and_merges_what_touches_or_overlaps) {
    const auto map = parse({{20, 10, memory, 0, 0},
                            {0, 5, memory, 0, 0},
                            {5, 5, memory, 0, 0},
                            {8, 4, memory, 0, 0},
                            {25, 10, memory, 0, 0},
                            {19, 1, memory, 0, 0}});
    EXPECT_EQ(ranges(*map), (std::vector{pages(0, 12), pages(19, 35)}));
}

TEST(RamMap, an_entry_may_swallow_its_neighbours) {
    const auto map =
        parse({{2, 1, memory, 0, 0}, {4, 1, memory, 0, 0}, {6, 1, memory, 0, 0}, {1, 20, memory, 0, 0}});
    EXPECT_EQ(ranges(*map), (std::vector{pages(1, 21)}));
}

// An address with the C-bit in it would be a second name of another page.
TEST(RamMap, refuses_entries_beyond_the_c_bit) {
    EXPECT_TRUE(parse({{limit_page - 1, 1, memory, 0, 0}}).has_value());
    EXPECT_EQ(parse({{limit_page - 1, 2, memory, 0, 0}}).error(), Termination::BootBlock);
    EXPECT_EQ(parse({{limit_page, 1, memory, 0, 0}}).error(), Termination::BootBlock);
    EXPECT_EQ(parse({{limit_page + 5, 1, memory, 0, 0}}).error(), Termination::BootBlock);
}

TEST(RamMap, refuses_entries_that_wrap) {
    EXPECT_EQ(parse({{1, ~0ull, memory, 0, 0}}).error(), Termination::BootBlock);
    EXPECT_EQ(parse({{~0ull, 1, memory, 0, 0}}).error(), Termination::BootBlock);
    EXPECT_EQ(parse({{1ull << 52, 1, memory, 0, 0}}).error(), Termination::BootBlock);
    EXPECT_EQ(parse({{0, 1ull << 52, reserved, 0, 0}}).error(), Termination::BootBlock);
}

TEST(RamMap, refuses_more_ranges_than_it_can_keep) {
    std::vector<MemoryMapEntry> entries;
    for (std::uint64_t i = 0; i < max_ram_ranges; ++i) entries.push_back({2 * i, 1, memory, 0, 0});
    EXPECT_EQ(parse(entries)->size(), max_ram_ranges);
    entries.push_back({1000, 1, memory, 0, 0});
    EXPECT_EQ(parse(entries).error(), Termination::BootBlock);
}

TEST(RamMap, a_full_page_needs_no_terminator) {
    const std::vector<MemoryMapEntry> entries(page_bytes / sizeof(MemoryMapEntry), {7, 1, memory, 0, 0});
    EXPECT_EQ(ranges(*parse(entries)), (std::vector{pages(7, 8)}));
}

TEST(RamMap, contains_what_lies_inside_one_range) {
    const auto map = *parse({{0, 10, memory, 0, 0}, {20, 10, memory, 0, 0}});
    EXPECT_TRUE(map.contains(pages(0, 10)));
    EXPECT_TRUE(map.contains(pages(29, 30)));
    EXPECT_FALSE(map.contains(pages(9, 11)));
    EXPECT_FALSE(map.contains(pages(5, 25)));
    EXPECT_FALSE(map.contains(pages(30, 31)));
}

TEST(RamMap, remove_cuts_ranges) {
    auto map = *parse({{0, 10, memory, 0, 0}, {20, 10, memory, 0, 0}});
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

// It is validated, and no memory of the guest's: a host that calls it RAM could make us give our registers
// to the guest.
TEST(RamMap, the_page_of_the_launch_vmsa_is_no_ram) {
    constexpr std::uint64_t vmsa_page = abi::launch_vmsa_gpa / page_bytes;
    constexpr Gpa beyond{1ull << 51};
    const auto parse_below = [&](std::uint64_t page, std::uint64_t count, std::uint16_t type) {
        return parse({{0, 0x100, memory, 0, 0}, {page, count, type, 0, 0}}, beyond);
    };
    EXPECT_EQ(parse_below(vmsa_page, 1, memory).error(), Termination::BootBlock);
    EXPECT_EQ(parse_below(vmsa_page - 0x100, 0x200, memory).error(), Termination::BootBlock);
    EXPECT_TRUE(parse_below(vmsa_page - 0x100, 0x100, memory).has_value());
    EXPECT_TRUE(parse_below(vmsa_page + 1, 0x100, memory).has_value());
    EXPECT_TRUE(parse_below(vmsa_page, 1, reserved).has_value()) << "reserved, which it is";
}

TEST(RamMap, remove_without_room_changes_nothing) {
    std::vector<MemoryMapEntry> entries;
    for (std::uint64_t i = 0; i < max_ram_ranges; ++i) entries.push_back({10 * i, 5, memory, 0, 0});
    auto map = *parse(entries);
    const auto before = ranges(map);
    EXPECT_FALSE(map.remove(pages(1, 2)));
    EXPECT_EQ(ranges(map), before);
    EXPECT_FALSE(map.add(pages(7, 8)));
    EXPECT_EQ(ranges(map), before);
}

}  // namespace
}  // namespace svsm
