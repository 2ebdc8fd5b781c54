// SPDX-License-Identifier: MIT
// A CPU may walk the tables between any two stores of the builder. Here it does, after every single one:
// each address leads where it led before or where it will lead afterwards, changes once, and meets no table
// that is half-built.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/paging/world.hpp"

namespace paging {
namespace {

constexpr std::uint64_t small = 4096, large = 2ull << 20, huge = 1ull << 30;

/// What the tables should say: the latest change that speaks of an address counts.
class Intent {
public:
    void map(Span span, std::uint64_t page, Entry bits) { changes_.push_back({span, page, bits, true}); }
    void unmap(Span span) { changes_.push_back({span, 0, 0, false}); }
    [[nodiscard]] std::optional<Target> look(std::uint64_t address) const {
        for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
            if (address - change->span.begin >= change->span.bytes) continue;
            if (!change->maps) return std::nullopt;
            return Target{(change->page + (address - change->span.begin)) & ~(small - 1), change->bits};
        }
        return std::nullopt;
    }
    /// Where something may begin or end.
    void add_edges(std::set<std::uint64_t>& edges) const {
        for (const Change& change : changes_)
            edges.insert({change.span.begin, change.span.begin + change.span.bytes});
    }

private:
    struct Change {
        Span span;
        std::uint64_t page;
        Entry bits;
        bool maps;
    };
    std::vector<Change> changes_;
};

/// Addresses worth a look: around each edge, around the table and the large page it lies in, and every page
/// of a short span.
std::vector<std::uint64_t> probes(const Intent& before, const Intent& after, Span span,
                                  const Format& format) {
    std::set<std::uint64_t> edges{span.begin, span.begin + span.bytes};
    before.add_edges(edges);
    after.add_edges(edges);
    std::set<std::uint64_t> all;
    const std::uint64_t end = 1ull << (12 + 9 * format.levels);
    for (const std::uint64_t edge : edges)
        for (const std::uint64_t unit : {small, large, huge})
            for (const std::uint64_t at : {edge / unit * unit, edge / unit * unit + unit, edge, edge + unit})
                for (const std::uint64_t by : {std::uint64_t{0}, small, ~small + 1, std::uint64_t{0x123}})
                    if (at + by < end) all.insert(at + by);
    for (std::uint64_t at = 0; at < std::min(span.bytes, 3 * large); at += small) all.insert(span.begin + at);
    return {all.begin(), all.end()};
}

class Observer {
public:
    Observer(World& world, const Intent& before, const Intent& after, Span span)
        : world_{world}, addresses_{probes(before, after, span, world.format)}, changed_(addresses_.size()) {
        for (const std::uint64_t address : addresses_) {
            before_.push_back(before.look(address));
            after_.push_back(after.look(address));
        }
    }
    /// After a store. The first thing wrong is kept.
    void look() {
        if (!problem.empty()) return;
        problem = world_.check_tables();
        for (std::size_t i = 0; i < addresses_.size() && problem.empty(); ++i) look_at(i);
        if (problem.empty()) problem = world_.broken;
    }
    [[nodiscard]] bool is_done() {
        return std::ranges::equal(addresses_, after_, {}, [this](std::uint64_t a) { return world_.look(a); });
    }
    /// Addresses from `begin` to some place have changed, those behind it have not.
    [[nodiscard]] bool is_done_up_to_a_place() {
        std::optional<std::size_t> first_old, last_new;
        for (std::size_t i = 0; i < addresses_.size(); ++i) {
            if (before_[i] == after_[i]) continue;
            if (world_.look(addresses_[i]) == after_[i]) last_new = i;
            if (world_.look(addresses_[i]) == before_[i] && !first_old) first_old = i;
        }
        return !first_old || !last_new || *last_new < *first_old;
    }
    std::string problem;

private:
    void look_at(std::size_t i) {
        const auto now = world_.look(addresses_[i]);
        if (now != before_[i] && now != after_[i]) problem = "an address leads to a third place";
        if (changed_[i] && now != after_[i]) problem = "an address goes back";
        changed_[i] = changed_[i] || (before_[i] != after_[i] && now == after_[i]);
    }
    World& world_;
    std::vector<std::uint64_t> addresses_;
    std::vector<bool> changed_;
    std::vector<std::optional<Target>> before_, after_;
};

/// Tables under construction, watched.
class Steps : public testing::TestWithParam<Format (*)()> {
protected:
    Steps() : world{GetParam()()} {}
    Builder<Watched> builder() { return {Watched{&world}, world.format, world.root}; }
    [[nodiscard]] Entry bits(unsigned kind = 0) const {
        const Entry some[]{0, 0x40, 0x20, 0x60};
        return world.format.present | some[kind % 4] | (kind % 2 == 0 ? world.format.c_bit : 0);
    }

    /// Calls `change`, which does in the tables what `after` says beyond `intent`, and looks
    /// after each store.
    template <class Change>
    auto watch(const Intent& after, Span span, Change change) {
        Observer observer{world, intent, after, span};
        world.after_store = [&] { observer.look(); };
        const auto result = change(builder());
        world.after_store = nullptr;
        observer.look();
        EXPECT_EQ(observer.problem, "");
        EXPECT_TRUE(result ? observer.is_done() : observer.is_done_up_to_a_place());
        return result;
    }
    auto map(Span span, std::uint64_t page, Entry leaf, unsigned largest) {
        Intent after = intent;
        after.map(span, page, leaf);
        const auto result = watch(after, span, [&](auto b) { return b.map(span, page, leaf, largest); });
        if (result) intent = after;
        return result;
    }
    auto unmap(Span span) {
        Intent after = intent;
        after.unmap(span);
        const auto result = watch(after, span, [&](auto b) { return b.unmap(span); });
        if (result) intent = after;
        return result;
    }

    World world;
    Intent intent;
};
INSTANTIATE_TEST_SUITE_P(Formats, Steps, testing::Values(&long_mode, &nested_of_five, &of_iommu),
                         [](const auto& each) -> std::string {
                             return each.param == &long_mode  ? "long_mode"
                                    : each.param == &of_iommu ? "iommu"
                                                              : "nested";
                         });

TEST_P(Steps, one_page_in_empty_tables) {
    ASSERT_TRUE(map({5 * huge + 7 * small, small}, 0x9000, bits(), 1));
    EXPECT_EQ(world.stores, world.format.levels) << "a link for each new table and the leaf";
}

TEST_P(Steps, a_page_beside_another_and_over_another) {
    ASSERT_TRUE(map({0, small}, 0x9000, bits(), 1));
    world.stores = 0;
    ASSERT_TRUE(map({small, small}, 0x5000, bits(1), 1));
    ASSERT_TRUE(map({small, small}, 0x7000, bits(2), 1));
    EXPECT_EQ(world.stores, 2u);
}

TEST_P(Steps, leaves_of_every_size) {
    ASSERT_TRUE(map({2 * huge, huge}, 4 * huge, bits(), 3));
    ASSERT_TRUE(map({huge, large}, 6 * large, bits(1), 3));
    ASSERT_TRUE(map({huge + large, small}, 6 * large, bits(2), 3));
    EXPECT_EQ(world.look(2 * huge + 0x12345), (Target{4 * huge + 0x12000, bits()}));
}

TEST_P(Steps, a_span_that_begins_and_ends_anywhere) {
    ASSERT_TRUE(map({large - 3 * small, 2 * large + 5 * small}, large - 3 * small, bits(), 2));
    ASSERT_TRUE(map({huge - 2 * small, 4 * small}, 0x40'0000, bits(1), 3));
    ASSERT_TRUE(map({8 * large, large}, small, bits(3), 3)) << "the page is not aligned: small leaves";
}

TEST_P(Steps, a_split_leaf_says_the_same) {
    ASSERT_TRUE(map({large, large}, 5 * large, bits(), 2));
    world.stores = 0;
    ASSERT_TRUE(unmap({large + 9 * small, small}));
    EXPECT_EQ(world.stores, 2u) << "one link, one leaf";
    ASSERT_TRUE(map({large + 9 * small, small}, large + 9 * small, bits(2), 2));
}

TEST_P(Steps, a_leaf_of_1_GiB_is_split_twice) {
    ASSERT_TRUE(map({3 * huge, huge}, huge, bits(2), 3));
    world.stores = 0;
    ASSERT_TRUE(unmap({3 * huge + 77 * large + 3 * small, 2 * small}));
    EXPECT_EQ(world.stores, 4u) << "two links, two leaves";
    ASSERT_TRUE(map({3 * huge + 5 * large, large}, 9 * large, bits(1), 2));
}

TEST_P(Steps, leaves_of_every_size_go_whole) {
    ASSERT_TRUE(map({2 * huge, huge + large + small}, 2 * huge, bits(), 3));
    world.stores = 0;
    EXPECT_TRUE(*unmap({2 * huge, huge + large + small}));
    EXPECT_EQ(world.stores, 3u);
    EXPECT_FALSE(*unmap({2 * huge, huge + large + small}));
    EXPECT_EQ(world.stores, 3u);
}

TEST_P(Steps, what_leads_nowhere_is_passed_over) {
    EXPECT_FALSE(*unmap({0, 3 * huge}));
    EXPECT_EQ(world.tables.size(), 1u) << "no table for nothing";
    ASSERT_TRUE(map({huge + 5 * small, small}, 0x1000, bits(), 1));
    EXPECT_TRUE(*unmap({small, 2 * huge}));
}

TEST_P(Steps, a_table_that_is_there_stays) {
    ASSERT_TRUE(map({large, small}, 0x1000, bits(), 1));
    ASSERT_TRUE(map({large, large}, 8 * large, bits(), 3));
    EXPECT_TRUE(*unmap({large, large}));
    world.stores = 0;
    ASSERT_TRUE(map({large, large}, 8 * large, bits(), 3));
    EXPECT_EQ(world.stores, 512u);
}

TEST_P(Steps, no_page_for_a_table_leaves_a_beginning) {
    // The span's first page and its second lie in two tables of the lowest level.
    const Span span{large - small, 2 * small};
    const std::size_t needed = world.format.levels;
    for (std::size_t pages = 0; pages <= needed; ++pages) {
        world = World{GetParam()()};
        intent = {};
        world.pages_left = pages;
        const auto result = map(span, 0x10'0000, bits(), 1);
        ASSERT_EQ(result.has_value(), pages == needed) << pages << " pages";
        if (!result) EXPECT_EQ(result.error(), Error::NoPage);
        EXPECT_EQ(world.look(large - small).has_value(), pages + 1 >= needed);
        EXPECT_EQ(world.look(large).has_value(), pages == needed);
    }
}

TEST_P(Steps, no_page_for_a_split_leaves_the_leaf) {
    ASSERT_TRUE(map({0, 2 * large}, 0, bits(), 2));
    world.pages_left = 0;
    EXPECT_EQ(unmap({small, small}).error(), Error::NoPage);
    EXPECT_EQ(unmap({0, large + small}).error(), Error::NoPage) << "the first leaf is gone, the second stays";
    EXPECT_FALSE(world.look(0));
    EXPECT_EQ(world.look(large), (Target{large, bits()}));
}

TEST_P(Steps, whatever_the_order) {
    std::mt19937_64 random{world.format.levels};
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    for (int turn = 0; turn < 24; ++turn) {
        const std::uint64_t unit = below(3) == 0 ? large : small;
        const Span span{(below(2) * huge + below(6) * large + below(8) * small) / unit * unit,
                        (1 + below(unit == large   ? 3
                                   : below(8) == 0 ? 600
                                                   : 20)) *
                            unit};
        if (below(3) == 0)
            ASSERT_TRUE(unmap(span));
        else
            ASSERT_TRUE(map(span, below(64) * large + below(2) * small, bits(static_cast<unsigned>(below(4))),
                            1 + static_cast<unsigned>(below(3))));
        if (HasFailure()) FAIL() << "in turn " << turn;
    }
}

/// The observer is no use when it lets mistakes pass.
class Mistakes : public testing::Test {
protected:
    Mistakes() : world{long_mode()} {
        EXPECT_TRUE((Builder{Watched{&world}, world.format, world.root}.map({0, large}, 0, bits, 2)));
        before.map({0, large}, 0, bits);
        entry = Builder{Watched{&world}, world.format, world.root}.find(0, 2);
    }
    std::string seen_after(const Intent& after) {
        Observer observer{world, before, after, {0, large}};
        observer.look();
        return observer.problem;
    }
    static constexpr Entry bits = 3;
    World world;
    Intent before;
    Entry* entry;
};

TEST_F(Mistakes, a_table_linked_before_it_is_filled) {
    *entry = world.format.to_table(world.add_page());
    EXPECT_NE(seen_after(before), "");
}
TEST_F(Mistakes, a_leaf_taken_away_before_it_is_split) {
    *entry = 0;
    EXPECT_EQ(seen_after(before), "an address leads to a third place");
}
TEST_F(Mistakes, a_split_that_forgets_a_page) {
    const std::uint64_t table = world.add_page();
    split(world.format, *entry, 2, Table{*world.page_at(table)});
    (*world.page_at(table))[0] = 0;
    *entry = world.format.to_table(table);
    EXPECT_EQ(seen_after(before), "an address leads to a third place");
}
TEST_F(Mistakes, an_address_that_goes_back) {
    Intent after = before;
    after.unmap({0, large});
    Observer observer{world, before, after, {0, large}};
    const Entry leaf = *entry;
    *entry = 0;
    observer.look();
    EXPECT_EQ(observer.problem, "");
    *entry = leaf;
    observer.look();
    EXPECT_EQ(observer.problem, "an address goes back");
}
TEST_F(Mistakes, a_table_that_is_linked_twice) {
    const std::uint64_t table = world.add_page();
    world.page_at(table)->fill(0);
    entry[5] = entry[6] = world.format.to_table(table);
    EXPECT_EQ(seen_after(before), "two links lead to one table");
}

}  // namespace
}  // namespace paging
