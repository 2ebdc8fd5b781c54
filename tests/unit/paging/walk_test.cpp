// SPDX-License-Identifier: MIT
// The walk of tables that another part keeps: what it fetches, what it shows, where it ends.
#include "paging/walk.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/paging/world.hpp"

namespace paging {
namespace {

enum class Refused { Fetch };
using Loaded = std::expected<Entry, Refused>;

class Walks : public testing::Test {
protected:
    Loaded load(std::uint64_t at) {
        fetched.push_back(at);
        if (at == forbidden) return std::unexpected{Refused::Fetch};
        return (*world.page_at(at & ~4095ull))[at % 4096 / 8];
    }
    std::expected<Found, Refused> walk_to(std::uint64_t address) {
        fetched.clear();
        shown.clear();
        return walk(
            world.format, world.root, address, [this](std::uint64_t at) { return load(at); },
            [this](Entry entry) { shown.push_back(entry); });
    }
    World world{long_mode()};
    Builder<Watched> builder{Watched{&world}, world.format, world.root};
    std::vector<std::uint64_t> fetched;
    std::vector<Entry> shown;
    std::uint64_t forbidden = ~0ull;
};

TEST_F(Walks, end_at_the_first_entry_that_is_not_present) {
    const auto found = walk_to(0x1000);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->level, 4u);
    EXPECT_EQ(found->entry, 0u);
    EXPECT_TRUE(shown.empty());
    EXPECT_EQ(fetched, std::vector{world.root});
}

TEST_F(Walks, fetch_one_entry_a_level_and_show_each) {
    ASSERT_TRUE(builder.map({0x7f12'3456'7000, 4096}, 0x9000, 0x27));
    const auto found = walk_to(0x7f12'3456'7abc);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->level, 1u);
    EXPECT_EQ(found->entry, 0x9027u);
    EXPECT_EQ(target(world.format, *found, 0x7f12'3456'7abc), 0x9abcu);
    EXPECT_EQ(shown.size(), 4u);
    EXPECT_EQ(shown.back(), 0x9027u);
    EXPECT_EQ(fetched[0], world.root + 8 * (0x7f12'3456'7000 >> 39 & 511));
    EXPECT_EQ(fetched[3] % 4096, 8 * (0x7f12'3456'7000 >> 12 & 511));
}

TEST_F(Walks, end_early_at_large_leaves) {
    ASSERT_TRUE(builder.map({0, 1ull << 30}, 1ull << 32, 3, 3));
    ASSERT_TRUE(builder.map({1ull << 30, 2ull << 20}, 6ull << 20, 3, 3));
    EXPECT_EQ(target(world.format, *walk_to(0x1234'5678), 0x1234'5678), 0x1'1234'5678u);
    EXPECT_EQ(shown.size(), 2u);
    EXPECT_EQ(target(world.format, *walk_to(0x4012'3456), 0x4012'3456), 0x0072'3456u);
    EXPECT_EQ(shown.size(), 3u);
}

TEST_F(Walks, a_refused_fetch_is_the_result) {
    ASSERT_TRUE(builder.map({0x5000, 4096}, 0x9000, 3));
    ASSERT_TRUE(walk_to(0x5000));
    forbidden = fetched[2];
    EXPECT_EQ(walk_to(0x5000).error(), Refused::Fetch);
    EXPECT_EQ(fetched.size(), 3u);
}

TEST_F(Walks, see_what_a_cpu_sees) {
    std::mt19937_64 random{1};
    for (int i = 0; i < 200; ++i) {
        const std::uint64_t at = random() % 64 << 21, page = random() % 512 << 12;
        if (i % 3 == 0)
            ASSERT_TRUE(builder.unmap({at + page, 4096}));
        else
            ASSERT_TRUE(builder.map({at, 2ull << 20}, random() % 512 << 21, 3, 2));
        const std::uint64_t address = at + page + random() % 4096;
        const auto seen = world.look(address);
        const auto found = walk_to(address);
        ASSERT_TRUE(found);
        ASSERT_EQ(world.format.is_present(found->entry), seen.has_value());
        if (seen) EXPECT_EQ(target(world.format, *found, address), seen->page + address % 4096);
    }
}

}  // namespace
}  // namespace paging
