// SPDX-License-Identifier: MIT
// The table of pages that no call may touch.
#include "svsm/guest/private_objects.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "svsm/guest/guest.hpp"

namespace svsm {
namespace {

using abi::Vmpl;

constexpr Gpa vmsa{0x5000}, area{0x7000};
constexpr GpaRange region{Gpa{0x20'0000}, Gpa{0x30'0000}};  // half of a large page
constexpr Gpa large{0x40'0000}, end{64 * large_page_bytes};
constexpr GpaRange page(Gpa at) { return {at, at + page_bytes}; }
constexpr GpaRange large_page_of(Gpa at) { return {at, at + large_page_bytes}; }
constexpr Gpa in_large_page(std::uint64_t number, std::uint64_t index = 0) {
    return Gpa{number * large_page_bytes + index * page_bytes};
}
bool has_room(const PrivateObjects& objects, std::vector<Gpa> pages) { return objects.has_room_for(pages); }

class PrivateObjectsTest : public testing::Test {
protected:
    explicit PrivateObjectsTest(std::size_t count = 3) : regions(count) {
        objects.start(region, directory, regions);
    }
    std::array<Region*, 64> directory{};
    std::vector<Region> regions;
    PrivateObjects objects;
};
using PrivateObjectsDeath = PrivateObjectsTest;

class LargeTable : public PrivateObjectsTest {
protected:
    LargeTable() : PrivateObjectsTest{24} {}
};

TEST_F(PrivateObjectsTest, the_svsm_conflicts_with_whatever_touches_it) {
    EXPECT_TRUE(objects.conflicts(page(region.begin)));
    EXPECT_TRUE(objects.conflicts(page(region.end - page_bytes)));
    EXPECT_TRUE(objects.conflicts(large_page_of(region.begin)));
    EXPECT_FALSE(objects.conflicts(page(region.begin - page_bytes)));
    EXPECT_FALSE(objects.conflicts(page(region.end)));
}

TEST_F(PrivateObjectsTest, a_page_conflicts_with_itself_and_with_its_large_page) {
    objects.add(vmsa, {ObjectKind::Vmsa, Vmpl::Vmpl2, 63});
    objects.add(large + 0x1f'f000, {ObjectKind::CallingArea});
    EXPECT_TRUE(objects.conflicts(page(vmsa)));
    EXPECT_FALSE(objects.conflicts(page(vmsa - page_bytes)));
    EXPECT_FALSE(objects.conflicts(page(vmsa + page_bytes)));
    EXPECT_TRUE(objects.conflicts(large_page_of(Gpa{0})));
    EXPECT_TRUE(objects.conflicts(large_page_of(large)));
    EXPECT_FALSE(objects.conflicts(large_page_of(large + large_page_bytes)));
}

TEST_F(PrivateObjectsTest, says_what_a_page_is_and_whose) {
    objects.add(vmsa, {ObjectKind::Vmsa, Vmpl::Vmpl3, 63});
    objects.add(area, {ObjectKind::CallingArea, Vmpl::Vmpl1, 5});
    EXPECT_EQ(objects.at(vmsa), (Object{ObjectKind::Vmsa, Vmpl::Vmpl3, 63}));
    EXPECT_EQ(objects.at(area), (Object{ObjectKind::CallingArea, Vmpl::Vmpl1, 5}));
    EXPECT_EQ(objects.at(Gpa{0x6000}), Object{});
    EXPECT_EQ(objects.at(end + page_bytes), Object{}) << "beyond the directory";
}

TEST_F(PrivateObjectsTest, what_was_removed_is_ordinary_and_its_memory_is_used_again) {
    for (std::uint64_t number = 4; number < 60; ++number) {
        objects.add(in_large_page(number, 7), {ObjectKind::Vmsa});
        objects.add(in_large_page(number, 8), {ObjectKind::CallingArea});
        objects.remove(in_large_page(number, 7));
        EXPECT_FALSE(objects.conflicts(page(in_large_page(number, 7))));
        EXPECT_TRUE(objects.conflicts(large_page_of(in_large_page(number))));
        objects.remove(in_large_page(number, 8));
        EXPECT_FALSE(objects.conflicts(large_page_of(in_large_page(number))));
    }
}

TEST_F(PrivateObjectsTest, knows_what_still_fits) {
    const Gpa a = in_large_page(4), b = in_large_page(5), c = in_large_page(6), d = in_large_page(7);
    EXPECT_TRUE(has_room(objects, {a, b, c}));
    EXPECT_FALSE(has_room(objects, {a, b, c, d}));
    EXPECT_TRUE(has_room(objects, {a, a + page_bytes, b, c})) << "one region serves all its pages";
    for (const Gpa each : {a, b, c}) objects.add(each, {ObjectKind::Vmsa});
    EXPECT_TRUE(has_room(objects, {a + page_bytes, b + page_bytes}));
    EXPECT_FALSE(has_room(objects, {d}));
    EXPECT_FALSE(has_room(objects, {a + page_bytes, d}));
    objects.remove(b);
    EXPECT_TRUE(has_room(objects, {d}));
    EXPECT_FALSE(has_room(objects, {d, b}));
}

TEST_F(PrivateObjectsTest, finds_every_deposit_once) {
    for (const std::uint64_t index : {500u, 3u, 77u})
        objects.add(in_large_page(4, index), {ObjectKind::Deposited});
    objects.add(in_large_page(4, 1), {ObjectKind::Vmsa});
    objects.add(in_large_page(9, 0), {ObjectKind::Deposited});
    std::set<std::uint64_t> found;
    while (const auto at = objects.find_deposit()) {
        EXPECT_TRUE(found.insert(at->value()).second);
        objects.remove(*at);
    }
    EXPECT_EQ(found.size(), 4u);
    EXPECT_FALSE(objects.has_deposits());
    EXPECT_TRUE(objects.conflicts(page(in_large_page(4, 1))));
}

TEST_F(PrivateObjectsDeath, a_page_that_is_not_private_never_passes_as_one) {
    for (std::uint64_t number = 4; number < 7; ++number)
        objects.add(in_large_page(number), {ObjectKind::Vmsa});
    EXPECT_DEATH(objects.add(in_large_page(7), {ObjectKind::Vmsa}), "") << "no room";
    EXPECT_DEATH(objects.add(in_large_page(4), {ObjectKind::Vmsa}), "") << "something already";
    EXPECT_DEATH(objects.add(end, {ObjectKind::Vmsa}), "") << "beyond the directory";
    EXPECT_DEATH(objects.remove(in_large_page(8)), "") << "nothing";
}

/// The table against a map, over a long random life.
TEST_F(LargeTable, agrees_with_a_simple_map) {
    std::map<std::uint64_t, Object> expected;
    std::minstd_rand random{1};
    for (int step = 0; step < 20'000; ++step) {
        const Gpa at = in_large_page(4 + random() % 24, random() % 8 * 73);
        const Object object{static_cast<ObjectKind>(1 + random() % 3), static_cast<Vmpl>(random() % 4),
                            static_cast<std::uint32_t>(random() % 64)};
        const auto known = expected.find(at.value());
        if (known == expected.end()) {
            objects.add(at, object);
            expected[at.value()] = object;
        } else {
            objects.remove(at);
            expected.erase(known);
        }
        ASSERT_EQ(objects.at(at), expected.contains(at.value()) ? expected[at.value()] : Object{});
        const Gpa large_page{at.value() / large_page_bytes * large_page_bytes};
        const auto next = expected.lower_bound(large_page.value());
        const bool any = next != expected.end() && next->first < large_page.value() + large_page_bytes;
        ASSERT_EQ(objects.conflicts(large_page_of(large_page)), any);
        const bool deposits = std::ranges::any_of(
            expected, [](const auto& each) { return each.second.kind == ObjectKind::Deposited; });
        ASSERT_EQ(objects.has_deposits(), deposits);
    }
}

}  // namespace
}  // namespace svsm
