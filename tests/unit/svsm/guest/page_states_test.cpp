// SPDX-License-Identifier: MIT
// The states of the guest's pages: which transitions there are, and what the table costs.
#include "svsm/guest/guest_pages.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace svsm {
namespace {

using enum PageState;
using abi::Vmpl;

/// 64 GiB as a PC has them: a hole below 4 GiB, and one for the SVSM.
RamMap large_map() {
    RamMap ram;
    EXPECT_TRUE(ram.add({Gpa{0}, Gpa{0xa'0000}}));
    EXPECT_TRUE(ram.add({Gpa{0x10'0000}, Gpa{2ull << 30}}));
    EXPECT_TRUE(ram.add({Gpa{4ull << 30}, Gpa{66ull << 30}}));
    EXPECT_TRUE(ram.remove({Gpa{128ull << 20}, Gpa{136ull << 20}}));
    return ram;
}

TEST(RamBlocks, number_every_block_with_ram_once_and_no_other) {
    const auto ram = large_map();
    const RamBlocks blocks{ram};
    EXPECT_EQ(blocks.count(), (64ull << 30) / large_page_bytes - 4);
    EXPECT_EQ(blocks.find(Gpa{0x1000}), 0u);
    EXPECT_EQ(blocks.find(Gpa{0x1f'f000}), 0u) << "two ranges, one block";
    EXPECT_EQ(blocks.find(Gpa{0x20'0000}), 1u);
    EXPECT_EQ(blocks.find(Gpa{128ull << 20}), RamBlocks::none);
    EXPECT_EQ(blocks.find(Gpa{136ull << 20}), 64u);
    EXPECT_EQ(blocks.find(Gpa{3ull << 30}), RamBlocks::none);
    EXPECT_EQ(blocks.find(Gpa{4ull << 30}), 1020u);
    EXPECT_EQ(blocks.find(Gpa{66ull << 30}), RamBlocks::none);
    EXPECT_EQ(blocks.find(Gpa{~0xfffull}), RamBlocks::none);
}

TEST(RamBlocks, gaps_cost_nothing) {
    RamMap ram;
    EXPECT_TRUE(ram.add({Gpa{0}, Gpa{large_page_bytes}}));
    EXPECT_TRUE(ram.add({Gpa{1ull << 50}, Gpa{(1ull << 50) + large_page_bytes}}));
    EXPECT_EQ(RamBlocks{ram}.count(), 2u);
}

class PageStates : public testing::Test {
protected:
    PageStates() : blocks{ram}, states(blocks.count()), directory(blocks.count()), regions(4) {
        pages.start(svsm, blocks, states, directory, regions);
    }
    const GpaRange svsm{Gpa{128ull << 20}, Gpa{136ull << 20}};
    RamMap ram = large_map();
    RamBlocks blocks;
    std::vector<BlockStates> states;
    std::vector<Region*> directory;
    std::vector<Region> regions;
    GuestPages pages;
};
using PageStatesDeath = PageStates;

TEST_F(PageStates, of_64_gib_take_4_mib) {
    EXPECT_LE(states.size() * sizeof(BlockStates), ram.bytes() / 16384 + 128);
}

TEST_F(PageStates, begin_as_not_validated_and_there_are_none_outside_ram) {
    for (const Gpa page :
         {Gpa{0}, Gpa{4ull << 30}, Gpa{(66ull << 30) - page_bytes}, Gpa{128ull << 20}, Gpa{~0xfffull}})
        EXPECT_EQ(pages.state(page), NotValidated);
}

TEST_F(PageStates, are_kept_page_by_page_at_both_ends_of_memory) {
    for (const Gpa page : {Gpa{0x1000}, Gpa{(66ull << 30) - page_bytes}, Gpa{4ull << 30}}) {
        pages.change<NotValidated, Dirty>(page);
        EXPECT_EQ(pages.state(page), Dirty);
        pages.change<Dirty, Guests>(page);
        EXPECT_EQ(pages.state(page), Guests);
        EXPECT_TRUE(pages.are_guests({page, page + page_bytes}));
        EXPECT_EQ(pages.state(page - page_bytes), NotValidated);
    }
}

TEST_F(PageStates, an_object_has_a_kind_and_an_owner) {
    const Gpa page{5ull << 30};
    pages.change<NotValidated, Guests>(page);
    pages.change<Guests, Dirty>(page);
    pages.change<Dirty, Vmsa>(page, {Vmpl::Vmpl2, 63});
    EXPECT_EQ(pages.state(page), Vmsa);
    EXPECT_EQ(pages.object(page), (Object{ObjectKind::Vmsa, Vmpl::Vmpl2, 63}));
    EXPECT_FALSE(pages.are_ordinary({page, page + page_bytes}));
    EXPECT_FALSE(pages.are_ordinary({page, page + large_page_bytes}));
    EXPECT_TRUE(pages.are_ordinary({page + page_bytes, page + 2 * page_bytes}));
    pages.change<Vmsa, Dirty>(page);
    EXPECT_EQ(pages.state(page), Dirty);
    EXPECT_EQ(pages.object(page), Object{});
}

TEST_F(PageStates, of_two_mebibytes_change_together_if_they_are_alike) {
    const Gpa page{6ull << 30};
    const GpaRange all{page, page + large_page_bytes};
    auto& block = *pages.block_around(page).states;
    block.change_all<NotValidated, Dirty>();
    EXPECT_TRUE(block.are_all<Dirty>());
    block.change_all<Dirty, Guests>();
    EXPECT_TRUE(pages.are_guests(all));
    pages.change<Guests, Dirty>(page + 77 * page_bytes);
    EXPECT_FALSE(pages.are_guests(all));
    EXPECT_FALSE(block.are_all<Dirty>());
}

TEST_F(PageStates, the_svsm_is_never_an_ordinary_page) {
    EXPECT_FALSE(pages.are_ordinary({svsm.begin, svsm.begin + page_bytes}));
    EXPECT_FALSE(pages.are_ordinary({svsm.begin, svsm.begin + large_page_bytes}));
}

// A caller that is wrong about the state acts on a page that it did not check.
TEST_F(PageStatesDeath, a_change_from_another_state_ends_everything) {
    const Gpa page{0x5000};
    EXPECT_DEATH((pages.change<Dirty, Guests>(page)), "");
    EXPECT_DEATH((pages.change<CallingArea, Guests>(page)), "");
    EXPECT_DEATH((pages.block_around(page).states->change_all<Dirty, Guests>()), "");
    EXPECT_DEATH((pages.change<NotValidated, Dirty>(Gpa{3ull << 30})), "") << "no RAM";
    pages.change<NotValidated, Guests>(page);
    EXPECT_DEATH((pages.change<NotValidated, Guests>(page)), "");
    pages.change<Guests, CallingArea>(page);
    EXPECT_DEATH((pages.change<Vmsa, Dirty>(page)), "") << "an object of another kind";
    EXPECT_DEATH((pages.change<Deposited, Dirty>(page)), "");
}

// Whatever happens in between, no level gets a page that was not zeroed or loaded for it.
TEST(PageArrows, every_way_to_the_guest_is_named_and_nothing_leaves_an_object_unseen) {
    for (const auto& arrow : page_arrows) {
        EXPECT_FALSE(arrow.when.empty());
        EXPECT_NE(arrow.from, arrow.to);
        EXPECT_FALSE(arrow.from == NotValidated && arrow.to > Guests)
            << "an object of a page that was not validated";
    }
    EXPECT_FALSE(is_arrow(Guests, Vmsa)) << "its rights are revoked first";
    EXPECT_FALSE(is_arrow(Guests, NotValidated)) << "dirty comes before PVALIDATE";
    EXPECT_FALSE(is_arrow(Deposited, Guests)) << "it is zeroed first";
    EXPECT_FALSE(is_arrow(Vmsa, Guests)) << "if it cannot be given, it is not a VMSA any more either";
}

constexpr std::string_view name_of(PageState state) {
    return page_state_names[static_cast<std::size_t>(state)];
}

/// The rows of the table below `head` in a page of docs/, without the line of dashes.
std::vector<std::string> table_of(const char* page, std::string_view head) {
    std::ifstream in{std::string{ADYTON_DOCS "/"} + page};
    std::vector<std::string> rows;
    bool is_inside = false;
    for (std::string line; std::getline(in, line);) {
        if (is_inside && !line.starts_with('|')) break;
        if (is_inside && !line.starts_with("|---")) rows.push_back(line);
        is_inside |= line == head;
    }
    return rows;
}

// So a review of the page reviews what is compiled.
TEST(PageArrows, are_those_of_docs_page_states) {
    std::vector<std::string> rows;
    for (const auto& arrow : page_arrows) {
        std::ostringstream row;
        row << "| " << name_of(arrow.from) << " | " << name_of(arrow.to) << " | " << arrow.when << " |";
        rows.push_back(row.str());
    }
    EXPECT_EQ(table_of("page-states.md", "| from | to | when |"), rows);
}

}  // namespace
}  // namespace svsm
