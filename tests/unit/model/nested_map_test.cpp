// SPDX-License-Identifier: MIT
// The host's map of its guest: pieces of memory that may lie far apart.
#include "model/nested_map.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "model/rmp.hpp"

namespace model {
namespace {

constexpr Gpa far{512ull << 30};
constexpr Spa far_system{0x40'0000};

class Pieces : public testing::Test {
protected:
    Pieces() { EXPECT_TRUE(map.add({.begin = far, .system = far_system, .frames = far_frames})); }
    std::vector<Frame> frames = std::vector<Frame>(1024), far_frames = std::vector<Frame>(512);
    std::vector<RmpEntry> entries = std::vector<RmpEntry>(1024 + 512);
    NestedMap map{frames};
};

TEST_F(Pieces, a_table_of_zeros_maps_each_piece_in_order) {
    EXPECT_EQ(map.find(Gpa{0}), Spa{0});
    EXPECT_EQ(map.find(Gpa{0x3f'f123}), Spa{0x3f'f000});
    EXPECT_EQ(map.find(far), far_system);
    EXPECT_EQ(map.find(far + 0x1f'f000), far_system + 0x1f'f000);
}

TEST_F(Pieces, nothing_lies_between_and_behind) {
    for (const Gpa page : {Gpa{0x40'0000}, Gpa{256ull << 30}, far - page_bytes, far + large_page_bytes, Gpa{~0ull}}) {
        EXPECT_FALSE(map.find(page)) << page.value();
        EXPECT_FALSE(map.covers(page)) << page.value();
    }
}

TEST_F(Pieces, page_0_of_the_system_can_be_mapped_elsewhere) {
    map.show(far, Spa{0});
    EXPECT_EQ(map.find(far), Spa{0});
    map.hide(far);
    EXPECT_FALSE(map.find(far));
    EXPECT_TRUE(map.covers(far));
    map.show(far, far_system);
    EXPECT_EQ(map.find(far), far_system);
}

TEST_F(Pieces, a_large_page_is_one_within_a_piece) {
    EXPECT_EQ(map.find_as_one(far, PageSize::Size2M), far_system);
    EXPECT_FALSE(map.find_as_one(Gpa{0x40'0000}, PageSize::Size2M));
}

TEST_F(Pieces, a_large_page_ends_with_a_page_that_is_another_or_none) {
    const Gpa inside = far + 100 * page_bytes;
    map.show(inside, Spa{0});
    EXPECT_FALSE(map.find_as_one(far, PageSize::Size2M));
    map.show(inside, far_system + 100 * page_bytes);  // named, and the same as before
    EXPECT_EQ(map.find_as_one(far, PageSize::Size2M), far_system);
    map.hide(inside);
    EXPECT_FALSE(map.find_as_one(far, PageSize::Size2M));
}

TEST_F(Pieces, a_large_page_may_lie_in_two_pieces_that_fit) {
    std::vector<Frame> first(256), second(256);
    NestedMap two{first};
    ASSERT_TRUE(two.add({.begin = Gpa{256 * page_bytes}, .system = Spa{256 * page_bytes}, .frames = second}));
    EXPECT_EQ(two.find_as_one(Gpa{0}, PageSize::Size2M), Spa{0});
    NestedMap apart{first};
    ASSERT_TRUE(apart.add({.begin = Gpa{256 * page_bytes}, .system = Spa{512 * page_bytes}, .frames = second}));
    EXPECT_FALSE(apart.find_as_one(Gpa{0}, PageSize::Size2M));
}

TEST_F(Pieces, the_rmp_has_an_entry_for_each_system_page_and_for_no_address_between) {
    Rmp rmp{entries, map};
    EXPECT_EQ(rmp.assign(far, PageSize::Size2M), abi::RmpResult::Success);
    EXPECT_EQ(rmp.entry(far_system).guest, far);
    EXPECT_EQ(rmp.assign(Gpa{256ull << 30}, PageSize::Size4K), abi::RmpResult::FailInput);
    EXPECT_EQ(rmp.show(Gpa{256ull << 30}, Spa{0}), abi::RmpResult::FailInput);
    EXPECT_EQ(rmp.check_access(far - page_bytes, AccessKind::Read, Encryption::Shared, Vmpl::Vmpl0).error(),
              RmpFault::OutsideRam);
}

TEST_F(Pieces, there_is_room_for_few) {
    EXPECT_TRUE(map.add({}));
    EXPECT_TRUE(map.add({}));
    EXPECT_FALSE(map.add({}));
}

}  // namespace
}  // namespace model
