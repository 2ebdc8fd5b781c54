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
        EXPECT_TRUE(ram.add({Gpa{0}, end}));
        blocks = RamBlocks{ram};
        objects.start(blocks, directory, regions);
    }
    /// Something private in this 4 KiB or 2 MiB page?
    [[nodiscard]] bool conflicts(GpaRange page) const {
        const auto* around = objects.region(blocks.find(page.begin));
        if (around == nullptr) return false;
        return page.size() > page_bytes || !PrivateObjects::is_ordinary(*around, page.begin);
    }
    // By address, as the rest of the SVSM asks.
    void add(Gpa page, const Object& object) { objects.add(blocks.find(page), page, object); }
    void remove(Gpa page, ObjectKind kind) { objects.remove(blocks.find(page), page, kind); }
    [[nodiscard]] Object at(Gpa page) const { return objects.at(blocks.find(page), page); }

    RamMap ram;
    RamBlocks blocks;
    std::array<Region*, 64> directory{};
    std::vector<Region> regions;
    PrivateObjects objects;
};
using PrivateObjectsDeath = PrivateObjectsTest;

class LargeTable : public PrivateObjectsTest {
protected:
    LargeTable() : PrivateObjectsTest{24} {}
};

TEST_F(PrivateObjectsTest, a_page_conflicts_with_itself_and_with_its_large_page) {
    add(vmsa, {ObjectKind::Vmsa, Vmpl::Vmpl2, 63});
    add(large + 0x1f'f000, {ObjectKind::CallingArea});
    EXPECT_TRUE(conflicts(page(vmsa)));
    EXPECT_FALSE(conflicts(page(vmsa - page_bytes)));
    EXPECT_FALSE(conflicts(page(vmsa + page_bytes)));
    EXPECT_TRUE(conflicts(large_page_of(Gpa{0})));
    EXPECT_TRUE(conflicts(large_page_of(large)));
    EXPECT_FALSE(conflicts(large_page_of(large + large_page_bytes)));
}

TEST_F(PrivateObjectsTest, says_what_a_page_is_and_whose) {
    add(vmsa, {ObjectKind::Vmsa, Vmpl::Vmpl3, 63});
    add(area, {ObjectKind::CallingArea, Vmpl::Vmpl1, 5});
    EXPECT_EQ(at(vmsa), (Object{ObjectKind::Vmsa, Vmpl::Vmpl3, 63}));
    EXPECT_EQ(at(area), (Object{ObjectKind::CallingArea, Vmpl::Vmpl1, 5}));
    EXPECT_EQ(at(Gpa{0x6000}), Object{});
}

TEST_F(PrivateObjectsTest, what_was_removed_is_ordinary_and_its_memory_is_used_again) {
    for (std::uint64_t number = 4; number < 60; ++number) {
        add(in_large_page(number, 7), {ObjectKind::Vmsa});
        add(in_large_page(number, 8), {ObjectKind::CallingArea});
        remove(in_large_page(number, 7), ObjectKind::Vmsa);
        EXPECT_FALSE(conflicts(page(in_large_page(number, 7))));
        EXPECT_TRUE(conflicts(large_page_of(in_large_page(number))));
        remove(in_large_page(number, 8), ObjectKind::CallingArea);
        EXPECT_FALSE(conflicts(large_page_of(in_large_page(number))));
    }
}

TEST_F(PrivateObjectsTest, knows_what_still_fits) {
    const Gpa a = in_large_page(4), b = in_large_page(5), c = in_large_page(6), d = in_large_page(7);
    EXPECT_TRUE(has_room(objects, {a, b, c}));
    EXPECT_FALSE(has_room(objects, {a, b, c, d}));
    EXPECT_TRUE(has_room(objects, {a, a + page_bytes, b, c})) << "one region serves all its pages";
    for (const Gpa each : {a, b, c}) add(each, {ObjectKind::Vmsa});
    EXPECT_TRUE(has_room(objects, {a + page_bytes, b + page_bytes}));
    EXPECT_FALSE(has_room(objects, {d}));
    EXPECT_FALSE(has_room(objects, {a + page_bytes, d}));
    remove(b, ObjectKind::Vmsa);
    EXPECT_TRUE(has_room(objects, {d}));
    EXPECT_FALSE(has_room(objects, {d, b}));
}

TEST_F(PrivateObjectsTest, finds_every_deposit_once) {
    for (const std::uint64_t index : {500u, 3u, 77u}) add(in_large_page(4, index), {ObjectKind::Deposited});
    add(in_large_page(4, 1), {ObjectKind::Vmsa});
    add(in_large_page(9, 0), {ObjectKind::Deposited});
    std::set<std::uint64_t> found;
    while (const auto at = objects.find_deposit()) {
        EXPECT_TRUE(found.insert(at->value()).second);
        remove(*at, ObjectKind::Deposited);
    }
    EXPECT_EQ(found.size(), 4u);
    EXPECT_FALSE(objects.has_deposits());
    EXPECT_TRUE(conflicts(page(in_large_page(4, 1))));
}

TEST_F(PrivateObjectsDeath, a_page_that_is_not_private_never_passes_as_one) {
    for (std::uint64_t number = 4; number < 7; ++number) add(in_large_page(number), {ObjectKind::Vmsa});
    EXPECT_DEATH(add(in_large_page(7), {ObjectKind::Vmsa}), "") << "no room";
    EXPECT_DEATH(add(in_large_page(4), {ObjectKind::Vmsa}), "") << "something already";
    EXPECT_DEATH(remove(in_large_page(8), ObjectKind::Vmsa), "") << "nothing";
    EXPECT_DEATH(remove(in_large_page(4), ObjectKind::CallingArea), "") << "something else";
}

/// The table against a map, over a long random life.
TEST_F(LargeTable, agrees_with_a_simple_map) {
    std::map<std::uint64_t, Object> expected;
    std::minstd_rand random{1};
    for (int step = 0; step < 20'000; ++step) {
        const Gpa where = in_large_page(4 + random() % 24, random() % 8 * 73);
        const Object object{static_cast<ObjectKind>(1 + random() % 3), static_cast<Vmpl>(random() % 4),
                            static_cast<std::uint32_t>(random() % 64)};
        const auto known = expected.find(where.value());
        if (known == expected.end()) {
            add(where, object);
            expected[where.value()] = object;
        } else {
            remove(where, known->second.kind);
            expected.erase(known);
        }
        ASSERT_EQ(at(where), expected.contains(where.value()) ? expected[where.value()] : Object{});
        const Gpa large_page{where.value() / large_page_bytes * large_page_bytes};
        const auto next = expected.lower_bound(large_page.value());
        const bool any = next != expected.end() && next->first < large_page.value() + large_page_bytes;
        ASSERT_EQ(conflicts(large_page_of(large_page)), any);
        const bool deposits = std::ranges::any_of(
            expected, [](const auto& each) { return each.second.kind == ObjectKind::Deposited; });
        ASSERT_EQ(objects.has_deposits(), deposits);
    }
}

}  // namespace
}  // namespace svsm
