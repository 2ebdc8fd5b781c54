// SPDX-License-Identifier: MIT
// The table of pages that no call may touch.
#include "svsm/guest/private_objects.hpp"

#include <gtest/gtest.h>

namespace svsm {
namespace {

constexpr Gpa vmsa{0x5000}, area{0x7000}, other_area{0x9000};
constexpr GpaRange region{Gpa{0x20'0000}, Gpa{0x40'0000}};
constexpr GpaRange page(Gpa at) { return {at, at + page_bytes}; }

class PrivateObjectsTest : public testing::Test {
protected:
    PrivateObjectsTest() {
        objects.set_svsm(region);
        objects.add(vmsa, ObjectKind::Vmsa, 1);
        objects.add(area, ObjectKind::CallingArea, 1);
        objects.add(other_area, ObjectKind::CallingArea, 2);
    }
    PrivateObjects objects;
};

TEST_F(PrivateObjectsTest, the_svsm_conflicts_with_whatever_touches_it) {
    EXPECT_TRUE(objects.conflicts(page(region.begin)));
    EXPECT_TRUE(objects.conflicts(page(region.end - page_bytes)));
    EXPECT_TRUE(objects.conflicts({Gpa{0x1f'f000}, Gpa{0x20'1000}}));
    EXPECT_TRUE(objects.conflicts({Gpa{0}, Gpa{1ull << 40}}));
    EXPECT_FALSE(objects.conflicts(page(region.begin - page_bytes)));
    EXPECT_FALSE(objects.conflicts(page(region.end)));
}

TEST_F(PrivateObjectsTest, a_page_conflicts_with_every_range_around_it) {
    EXPECT_TRUE(objects.conflicts(page(vmsa)));
    EXPECT_TRUE(objects.conflicts(page(area)));
    EXPECT_TRUE(objects.conflicts({Gpa{0}, Gpa{0x6000}}));
    EXPECT_TRUE(objects.conflicts({vmsa, Gpa{0x20'0000}}));
    EXPECT_FALSE(objects.conflicts(page(vmsa - page_bytes)));
    EXPECT_FALSE(objects.conflicts(page(vmsa + page_bytes)));
}

TEST_F(PrivateObjectsTest, calling_areas_can_be_told_from_the_rest) {
    EXPECT_TRUE(objects.conflicts_except_calling_areas(page(vmsa)));
    EXPECT_TRUE(objects.conflicts_except_calling_areas(page(region.begin)));
    EXPECT_FALSE(objects.conflicts_except_calling_areas(page(area)));
    EXPECT_TRUE(objects.is_calling_area(area));
    EXPECT_FALSE(objects.is_calling_area(vmsa));
    EXPECT_FALSE(objects.is_calling_area(Gpa{0x1000}));
}

TEST_F(PrivateObjectsTest, drops_the_old_areas_of_one_vcpu_only) {
    const Gpa newer{0xb000};
    objects.add(newer, ObjectKind::CallingArea, 1);
    objects.drop_calling_areas(1, newer);
    EXPECT_FALSE(objects.conflicts(page(area)));
    EXPECT_TRUE(objects.conflicts(page(newer)));
    EXPECT_TRUE(objects.conflicts(page(other_area)));
    EXPECT_TRUE(objects.conflicts(page(vmsa))) << "a VMSA is never dropped like that";
}

TEST_F(PrivateObjectsTest, says_when_it_is_full) {
    std::uint64_t added = 0;
    while (objects.has_room(1)) objects.add(Gpa{0x80'0000 + page_bytes * added++}, ObjectKind::Vmsa, 3);
    EXPECT_GE(added, 2u * 64);
    EXPECT_FALSE(objects.has_room(1));
    EXPECT_TRUE(objects.has_room(0));
    EXPECT_DEATH(objects.add(Gpa{0x1000}, ObjectKind::Vmsa, 3), "")
        << "a page that is not private must not pass as one";
}

TEST_F(PrivateObjectsTest, room_for_two_is_more_than_room_for_one) {
    while (objects.has_room(2)) objects.add(Gpa{0x80'0000}, ObjectKind::Vmsa, 3);
    EXPECT_TRUE(objects.has_room(1));
}

}  // namespace
}  // namespace svsm
