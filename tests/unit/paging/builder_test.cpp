// SPDX-License-Identifier: MIT
// Finding and making single entries, for users that write them themselves.
#include "paging/builder.hpp"

#include <gtest/gtest.h>

#include "tests/unit/paging/world.hpp"
#include "tests/unit/reached.hpp"

namespace paging {
namespace {

constexpr std::uint64_t large = 2ull << 20;

std::string name_of(Error error) {
    switch (error) {
        case Error::NoPage: return "NoPage";
        case Error::LeafInTheWay: return "LeafInTheWay";
    }
    return "";
}

class Entries : public testing::Test {
protected:
    World world{long_mode()};
    Builder<Watched> builder{Watched{&world}, world.format, world.root};
    static constexpr std::uint64_t address = 0xffff'ffff'8123'4000;
};

TEST_F(Entries, nothing_is_found_in_empty_tables) {
    for (unsigned level = 1; level < 4; ++level) EXPECT_EQ(builder.find(address, level), nullptr);
    EXPECT_EQ(builder.find(address, 4), &(*world.page_at(world.root))[511]);
}

TEST_F(Entries, what_was_made_is_found) {
    Entry* const made = *builder.make(address, 1);
    EXPECT_EQ(*made, 0u) << "tables begin empty, whatever was in the page";
    EXPECT_EQ(builder.find(address, 1), made);
    EXPECT_EQ(builder.find(address + 4096, 1), made + 1);
    EXPECT_EQ(builder.make(address, 1), made) << "once";
    EXPECT_EQ(world.tables.size(), 4u);
    EXPECT_EQ(world.check_tables(), "");
}

TEST_F(Entries, an_entry_of_2_MiB_has_two_tables_above_it) {
    Entry* const made = *builder.make(address, 2);
    EXPECT_EQ(world.tables.size(), 3u);
    EXPECT_EQ(builder.find(address, 2), made);
    EXPECT_EQ(builder.find(address, 1), nullptr);
}

TEST_F(Entries, a_large_leaf_is_no_table) {
    *(*builder.make(address, 2)) = Format::to_page(4 * large, 2, 3);
    EXPECT_EQ(builder.find(address, 1), nullptr);
    EXPECT_EQ(builder.make(address, 1).error(), Error::LeafInTheWay);
    EXPECT_NE(builder.find(address, 2), nullptr);
}

TEST_F(Entries, without_a_page_there_is_no_table) {
    world.pages_left = 2;
    EXPECT_EQ(builder.make(address, 1).error(), Error::NoPage);
    EXPECT_EQ(world.check_tables(), "") << "the two that were added are empty and linked";
    world.pages_left = 1;
    EXPECT_TRUE(builder.make(address, 1));
}

TEST_F(Entries, each_reason_to_make_none_is_met) {
    Reached<Error, std::string (*)(Error)> table{name_of};
    table.row("pages enough", builder.make(address, 2), std::nullopt);
    *builder.find(address, 2) = Format::to_page(4 * large, 2, 3);
    table.row("a page of 2 MiB is mapped there", builder.make(address, 1), Error::LeafInTheWay);
    world.pages_left = 0;
    table.row("no page for the table", builder.make(0, 1), Error::NoPage);
    table.expect_all();
}

TEST_F(Entries, a_link_carries_the_bits_of_its_format) {
    (void)builder.make(0, 1);
    const Entry link = (*world.page_at(world.root))[0];
    EXPECT_EQ(link & ~abi::Pte::address_mask, abi::Pte::present | abi::Pte::writable);
    EXPECT_NE(link & world.format.c_bit, 0u);
    EXPECT_EQ(world.format.table_of(link), World::tables_begin + 4096);
}

}  // namespace
}  // namespace paging
