// SPDX-License-Identifier: MIT
// What devices reach, compared with a plain list of pages, and as an IOMMU would walk it.
#include "snpemu/silicon/device_table.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace snpemu {
namespace {

struct Free {
    void operator()(void* page) const { std::free(page); }
};
std::vector<std::unique_ptr<void, Free>>& pool() {
    static std::vector<std::unique_ptr<void, Free>> pages;
    return pages;
}
void* new_page() {
    void* const page = std::aligned_alloc(page_bytes, page_bytes);
    std::memset(page, 0xff, page_bytes);
    pool().emplace_back(page);
    return page;
}

class DeviceTables : public testing::Test {
protected:
    void TearDown() override { pool().clear(); }
    /// Each system page at the guest address that is its own.
    void show(GpaRange range) { table.show(range, Spa{range.begin.value()}); }
    DeviceTable table{new_page};
};

constexpr GpaRange range(std::uint64_t begin, std::uint64_t end) { return {Gpa{begin}, Gpa{end}}; }

/// [VT-d "Second-Level Translation"], without any of the table's own code: where a device's access ends up.
std::optional<std::uint64_t> walk(std::uint64_t root, std::uint64_t address) {
    std::uint64_t at = root;
    for (unsigned level = 3;; --level) {
        const std::uint64_t entry =
            reinterpret_cast<const std::uint64_t*>(at)[address >> (12 + 9 * (level - 1)) & 511];
        if ((entry & 3) != 3) return std::nullopt;
        const std::uint64_t target = entry & 0x000f'ffff'ffff'f000;
        const std::uint64_t below = (1ull << (12 + 9 * (level - 1))) - 1;
        if (level == 1 || (entry & 1 << 7) != 0) return target | (address & below);
        at = target;
    }
}

TEST_F(DeviceTables, BeginsClosed) {
    EXPECT_FALSE(table.shows(Gpa{0}));
    EXPECT_FALSE(walk(table.root(), 0x1234'5000));
}

TEST_F(DeviceTables, ShowsExactlyWhatWasAskedFor) {
    show(range(0x1000, 0x3000));
    EXPECT_FALSE(walk(table.root(), 0xfff));
    EXPECT_EQ(walk(table.root(), 0x1abc), 0x1abc);
    EXPECT_EQ(walk(table.root(), 0x2fff), 0x2fff);
    EXPECT_FALSE(walk(table.root(), 0x3000));
}

TEST_F(DeviceTables, AWholeRegionNeedsNoTableOfItsOwn) {
    show(range(4 << 20, 64 << 20));
    EXPECT_EQ(pool().size(), 2u);  // root, and one table of regions
    EXPECT_EQ(walk(table.root(), (63 << 20) + 5), (63 << 20) + 5);
    EXPECT_FALSE(walk(table.root(), 64 << 20));
}

TEST_F(DeviceTables, AWholeGibibyteNeedsNoTableAtAll) {
    show(range(1ull << 30, 3ull << 30));
    EXPECT_EQ(pool().size(), 1u);
    EXPECT_EQ(walk(table.root(), (3ull << 30) - 1), (3ull << 30) - 1);
    table.hide(range(2ull << 30, (2ull << 30) + page_bytes));
    EXPECT_FALSE(walk(table.root(), 2ull << 30));
    EXPECT_EQ(walk(table.root(), (2ull << 30) + page_bytes), (2ull << 30) + page_bytes);
    EXPECT_EQ(walk(table.root(), (3ull << 30) - 1), (3ull << 30) - 1);
}

TEST_F(DeviceTables, WhatLiesAboveTheEndIsNotTakenForALowerAddress) {
    const GpaRange above{DeviceTable::end, DeviceTable::end + large_page_bytes};
    table.show(above, Spa{0});
    EXPECT_FALSE(walk(table.root(), 0));
    EXPECT_FALSE(table.shows(above.begin));
    show(range(0, 2 << 20));
    table.hide(above);
    EXPECT_TRUE(walk(table.root(), 0));
}

TEST_F(DeviceTables, AHoleInARegionLeavesTheRestOpen) {
    show(range(2 << 20, 4 << 20));
    table.hide(range(0x30'0000, 0x30'1000));
    EXPECT_EQ(walk(table.root(), 0x2f'ffff), 0x2f'ffff);
    EXPECT_FALSE(walk(table.root(), 0x30'0000));
    EXPECT_EQ(walk(table.root(), 0x30'1000), 0x30'1000);
}

TEST_F(DeviceTables, AboveFourGibibytesToo) {
    show(range(5ull << 30, 7ull << 30));
    EXPECT_EQ(walk(table.root(), (6ull << 30) + 0x123), (6ull << 30) + 0x123);
    table.hide(range(5ull << 30, 7ull << 30));
    EXPECT_FALSE(walk(table.root(), 6ull << 30));
}

TEST_F(DeviceTables, OtherSystemPagesAreShownWhereTheHostWantsThem) {
    table.show(range(2 << 20, 4 << 20), Spa{6 << 20});
    EXPECT_EQ(pool().size(), 2u) << "one large page, as it is aligned to its size";
    table.show(range(0x21'0000, 0x21'2000), Spa{0x7'3000});
    EXPECT_EQ(walk(table.root(), 0x20'f123), 0x60'f123)
        << "the table of pieces says what the large page said";
    EXPECT_EQ(walk(table.root(), 0x21'0123), 0x7'3123);
    EXPECT_EQ(walk(table.root(), 0x21'1123), 0x7'4123);
    EXPECT_EQ(table.find(Gpa{0x21'1123}), Spa{0x7'4000});
    EXPECT_EQ(walk(table.root(), 0x21'2123), 0x61'2123);
    table.show(range(4 << 20, 6 << 20), Spa{(6 << 20) + page_bytes});
    EXPECT_EQ(walk(table.root(), (6 << 20) - 1), (8 << 20) + page_bytes - 1) << "2 MiB that are not aligned";
}

TEST_F(DeviceTables, AnyHistoryGivesThePagesThatWereShownLast) {
    std::mt19937 random{1};
    constexpr std::uint64_t pages = 4 * 512;
    std::map<std::uint64_t, std::uint64_t> model;  // system page behind each that is mapped
    for (unsigned step = 0; step < 400; ++step) {
        const bool is_large = random() % 4 == 0;
        const std::uint64_t size = is_large ? 512 : 1 + random() % 600;
        std::uint64_t begin = random() % (pages - size), system = random() % pages;
        if (is_large) begin -= begin % 512;
        if (is_large && random() % 2 == 0) system -= system % 512;
        const bool shown = random() % 2 == 0;
        for (std::uint64_t i = 0; i < size; ++i)
            shown ? (void)(model[begin + i] = system + i) : (void)model.erase(begin + i);
        const GpaRange changed = range(begin * page_bytes, (begin + size) * page_bytes);
        shown ? table.show(changed, Spa{system * page_bytes}) : table.hide(changed);
        for (std::uint64_t page = 0; page < pages; ++page) {
            const auto found = model.find(page);
            const bool is_shown = found != model.end();
            const std::uint64_t address = page * page_bytes + 7, none = ~0ull;
            ASSERT_EQ(table.shows(Gpa{address}), is_shown) << step << " page " << page;
            ASSERT_EQ(walk(table.root(), address).value_or(none),
                      is_shown ? found->second * page_bytes + 7 : none);
        }
    }
    EXPECT_LE(pool().size(), 2 + pages / 512);  // a table is made once
}

}  // namespace
}  // namespace snpemu
