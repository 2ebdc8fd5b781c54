// SPDX-License-Identifier: MIT
// Which page state changes a host makes, and how far it gets in a list of them.
#include "model/host/page_state.hpp"

#include <gtest/gtest.h>

#include "tests/unit/reached.hpp"

namespace model::host {
namespace {

using abi::PscOperation, abi::Vmpl;

constexpr GpaRange svsm{Gpa{0x40'0000}, Gpa{0x60'0000}};
constexpr PageScene guests{.caller = Vmpl::Vmpl1, .is_ram = true, .svsm_memory = svsm};

constexpr PageChange to_shared(std::uint64_t page, PageSize size = PageSize::Size4K) {
    return {Gpa{page}, size, PscOperation::Shared};
}
constexpr PageChange to_private(std::uint64_t page, PageSize size = PageSize::Size4K) {
    return {Gpa{page}, size, PscOperation::Private};
}

std::string name_of(PageRefusal refusal) {
    switch (refusal) {
        case PageRefusal::UnknownOperation: return "UnknownOperation";
        case PageRefusal::Misaligned: return "Misaligned";
        case PageRefusal::OutsideRam: return "OutsideRam";
        case PageRefusal::SvsmMemory: return "SvsmMemory";
        case PageRefusal::SvsmMailbox: return "SvsmMailbox";
    }
    return "";
}

TEST(HostPageState, each_refusal_has_a_change_that_meets_it) {
    Reached<PageRefusal, std::string (*)(PageRefusal)> table{name_of};
    const PageScene outside{.caller = Vmpl::Vmpl1};
    PageScene mailbox = guests;
    mailbox.is_svsm_ghcb = true;
    table.row("a page of the guest's", check_change(to_shared(0x5000), guests), std::nullopt);
    table.row("operation 0", check_change({Gpa{0x5000}, PageSize::Size4K, PscOperation{0}}, guests),
              PageRefusal::UnknownOperation);
    table.row("operation 5", check_change({Gpa{0x5000}, PageSize::Size4K, PscOperation{5}}, guests),
              PageRefusal::UnknownOperation);
    table.row("2 MiB at 4 KiB", check_change(to_private(0x5000, PageSize::Size2M), guests),
              PageRefusal::Misaligned);
    table.row("no RAM", check_change(to_private(0x5000), outside), PageRefusal::OutsideRam);
    table.row("first page of the region", check_change(to_shared(0x40'0000), guests),
              PageRefusal::SvsmMemory);
    table.row("its last page", check_change(to_shared(0x5f'f000), guests), PageRefusal::SvsmMemory);
    table.row("the page behind it", check_change(to_shared(0x60'0000), guests), std::nullopt);
    table.row("all of it", check_change(to_shared(0x40'0000, PageSize::Size2M), guests),
              PageRefusal::SvsmMemory);
    table.row("the SVSM's GHCB", check_change(to_private(0x5000), mailbox), PageRefusal::SvsmMailbox);
    table.expect_all();
}

TEST(HostPageState, vmpl0_changes_its_own_pages) {
    PageScene own = guests;
    own.caller = Vmpl::Vmpl0;
    own.is_svsm_ghcb = true;
    EXPECT_TRUE(check_change(to_shared(0x40'0000), own));
    EXPECT_TRUE(check_change(to_private(0x40'0000), own));
}

// KVM has no such policy: an SVSM must survive without it, and the machine can be told to do without.
TEST(HostPageState, a_host_may_lack_the_policy) {
    PageScene careless = guests;
    careless.protects_svsm = false;
    EXPECT_TRUE(check_change(to_shared(0x40'0000), careless));
}

TEST(HostPageState, hints_are_granted_wherever_they_point) {
    EXPECT_TRUE(check_change({Gpa{0x1}, PageSize::Size2M, PscOperation::Smash}, {}));
    EXPECT_TRUE(check_change({Gpa{0x1}, PageSize::Size2M, PscOperation::Unsmash}, {}));
}

class DoneAlready : public testing::Test {
protected:
    std::vector<Frame> frames{2 * 512};
    std::vector<RmpEntry> entries{2 * 512};
    NestedMap map{frames};
    Rmp rmp{entries, map};
};

TEST_F(DoneAlready, when_the_new_owner_has_the_page) {
    EXPECT_TRUE(is_done_already(rmp, to_shared(0x5000)));
    EXPECT_FALSE(is_done_already(rmp, to_private(0x5000)));
    ASSERT_EQ(rmp.assign(Gpa{0x5000}, PageSize::Size4K), abi::RmpResult::Success);
    EXPECT_FALSE(is_done_already(rmp, to_shared(0x5000)));
    EXPECT_TRUE(is_done_already(rmp, to_private(0x5000)));
}

TEST_F(DoneAlready, not_when_512_small_pages_are_to_be_one_large) {
    for (unsigned i = 0; i < 512; ++i) rmp.launch(Gpa{i * page_bytes}, false);
    EXPECT_FALSE(is_done_already(rmp, to_private(0, PageSize::Size2M)));
    ASSERT_EQ(rmp.assign(Gpa{0}, PageSize::Size2M), abi::RmpResult::Success);
    EXPECT_TRUE(is_done_already(rmp, to_private(0, PageSize::Size2M)));
}

TEST_F(DoneAlready, not_when_one_of_512_pages_is_still_the_guests) {
    EXPECT_TRUE(is_done_already(rmp, to_shared(0, PageSize::Size2M)));
    ASSERT_EQ(rmp.assign(Gpa{511 * page_bytes}, PageSize::Size4K), abi::RmpResult::Success);
    EXPECT_FALSE(is_done_already(rmp, to_shared(0, PageSize::Size2M)));
}

TEST_F(DoneAlready, not_where_nothing_is_shown) {
    rmp.hide(Gpa{0x5000});
    EXPECT_FALSE(is_done_already(rmp, to_shared(0x5000)));
    EXPECT_FALSE(is_done_already(rmp, to_shared(0, PageSize::Size2M)));
}

TEST(HostPageState, the_request_by_msr_knows_two_operations) {
    EXPECT_EQ(read_change({Gpa{0x7000}, 1}), to_private(0x7000));
    EXPECT_EQ(read_change({Gpa{0x7000}, 2}), to_shared(0x7000));
    EXPECT_EQ(read_change({Gpa{0x7000}, 3}).error(), PageRefusal::UnknownOperation);
    EXPECT_EQ(answer_change(true), 0x015u);
    EXPECT_NE(answer_change(false) >> 32, 0u);
    EXPECT_EQ(answer_change(false) & 0xfff, 0x015u);
}

constexpr std::uint64_t entry(std::uint64_t page, std::uint64_t operation, bool is_2m = false,
                              std::uint64_t done = 0) {
    using E = abi::PscEntry;
    return page | E::Operation::put(operation) | E::Is2M::put(is_2m ? 1 : 0) | E::CurPage::put(done);
}

std::string name_of(PscRefusal refusal) {
    switch (refusal) {
        case PscRefusal::EndBeyondList: return "EndBeyondList";
        case PscRefusal::Misaligned: return "Misaligned";
        case PscRefusal::BadProgress: return "BadProgress";
        case PscRefusal::UnknownOperation: return "UnknownOperation";
        case PscRefusal::NotMade: return "NotMade";
    }
    return "";
}

/// What the host of a walk says to each change; the list is as the guest finds it afterwards.
std::expected<void, PscRefusal> walk(abi::PscBuffer& list, bool makes = true) {
    PscWalk walk{list};
    while (walk.next()) {
        if (!makes) {
            walk.refuse();
            break;
        }
        walk.made();
    }
    if (walk.refusal()) return std::unexpected{*walk.refusal()};
    return {};
}

TEST(PscWalk, each_refusal_has_a_list_that_meets_it) {
    Reached<PscRefusal, std::string (*)(PscRefusal)> table{name_of};
    const auto of = [](abi::PscHeader header, std::uint64_t first, bool makes = true) {
        abi::PscBuffer list{header, {first}};
        return walk(list, makes);
    };
    table.row("one entry", of({0, 0, 0}, entry(0x5000, 1)), std::nullopt);
    table.row("one more than the buffer has", of({0, 253, 0}, entry(0x5000, 1)), PscRefusal::EndBeyondList);
    table.row("begins behind its end", of({1, 0, 0}, entry(0x5000, 1)), std::nullopt);
    table.row("2 MiB at 4 KiB", of({0, 0, 0}, entry(0x5000, 1, true)), PscRefusal::Misaligned);
    table.row("all of its pages are done", of({0, 0, 0}, entry(0x5000, 1, false, 1)), std::nullopt);
    table.row("more pages are done", of({0, 0, 0}, entry(0x5000, 1, false, 2)), PscRefusal::BadProgress);
    table.row("operation 0", of({0, 0, 0}, entry(0x5000, 0)), PscRefusal::UnknownOperation);
    table.row("operation 5", of({0, 0, 0}, entry(0x5000, 5)), PscRefusal::UnknownOperation);
    table.row("the host does not want to", of({0, 0, 0}, entry(0x5000, 1), false), PscRefusal::NotMade);
    table.expect_all();
}

TEST(PscWalk, says_what_is_wrong_with_header_entry_or_host) {
    EXPECT_EQ(info_2_of(PscRefusal::EndBeyondList), abi::PscError::invalid_header);
    for (const auto each : {PscRefusal::Misaligned, PscRefusal::BadProgress, PscRefusal::UnknownOperation})
        EXPECT_EQ(info_2_of(each), abi::PscError::invalid_entry);
    EXPECT_EQ(info_2_of(PscRefusal::NotMade), abi::PscError::generic);
}

TEST(PscWalk, visits_the_entries_in_order_and_marks_them) {
    abi::PscBuffer list{{1, 2, 0}, {entry(0x5000, 1), entry(0x20'0000, 1, true), entry(0x6000, 2)}};
    PscWalk walk{list};
    EXPECT_EQ(walk.next(), to_private(0x20'0000, PageSize::Size2M));
    walk.made();
    EXPECT_EQ(list.header.cur_entry, 2u);
    EXPECT_EQ(walk.next(), to_shared(0x6000));
    walk.made();
    EXPECT_FALSE(walk.next());
    EXPECT_EQ(walk.info_2(), 0u);
    EXPECT_EQ(list.header.cur_entry, 3u);
    EXPECT_EQ(abi::PscEntry::CurPage::get(list.entries[0]), 0u) << "was done in an earlier exit";
    EXPECT_EQ(abi::PscEntry::CurPage::get(list.entries[1]), 512u);
    EXPECT_EQ(abi::PscEntry::CurPage::get(list.entries[2]), 1u);
}

TEST(PscWalk, the_header_names_the_entry_that_was_refused) {
    abi::PscBuffer list{{0, 2, 0}, {entry(0x5000, 1), entry(0x6000, 0), entry(0x7000, 1)}};
    EXPECT_EQ(walk(list).error(), PscRefusal::UnknownOperation);
    EXPECT_EQ(list.header.cur_entry, 1u);
    EXPECT_EQ(abi::PscEntry::CurPage::get(list.entries[1]), 0u);
}

TEST(PscWalk, a_change_that_is_not_made_leaves_its_entry_as_it_was) {
    abi::PscBuffer list{{0, 0, 0}, {entry(0x5000, 1)}};
    EXPECT_EQ(walk(list, false).error(), PscRefusal::NotMade);
    EXPECT_EQ(list.header.cur_entry, 0u);
    EXPECT_EQ(list.entries[0], entry(0x5000, 1));
}

TEST(PscWalk, passes_over_what_is_done) {
    abi::PscBuffer list{{0, 1, 0}, {entry(0x5000, 1, false, 1), entry(0x6000, 1)}};
    PscWalk walk{list};
    EXPECT_EQ(walk.next(), to_private(0x6000));
    EXPECT_EQ(list.header.cur_entry, 1u);
}

TEST(PscWalk, does_the_rest_of_a_large_page_by_small_ones) {
    abi::PscBuffer list{{0, 0, 0}, {entry(0x20'0000, 2, true, 510)}};
    PscWalk walk{list};
    EXPECT_EQ(walk.next(), to_shared(0x20'0000 + 510 * page_bytes));
    walk.made();
    EXPECT_EQ(list.header.cur_entry, 0u);
    EXPECT_EQ(walk.next(), to_shared(0x20'0000 + 511 * page_bytes));
    walk.made();
    EXPECT_EQ(abi::PscEntry::CurPage::get(list.entries[0]), 512u);
    EXPECT_EQ(list.header.cur_entry, 1u);
    EXPECT_FALSE(walk.next());
}

TEST(PscWalk, kvm_takes_operations_that_it_does_not_know_for_done) {
    for (const std::uint64_t operation : {0u, 5u, 15u}) {
        abi::PscBuffer list{{0, 1, 0}, {entry(0x5000, operation), entry(0x6000, 2)}};
        PscWalk walk{list, {.skips_unknown = true}};
        EXPECT_EQ(walk.next(), to_shared(0x6000));
        EXPECT_EQ(abi::PscEntry::CurPage::get(list.entries[0]), 1u);
    }
}

TEST(PscWalk, a_list_that_starts_late_ends_with_the_buffer) {
    abi::PscBuffer list{{0, 10, 0}, {}};
    EXPECT_FALSE((PscWalk{list, {.capacity = 11}}.refusal()));
    EXPECT_EQ((PscWalk{list, {.capacity = 10}}.refusal()), PscRefusal::EndBeyondList);
}

TEST(HostPageState, what_becomes_of_a_change_where_no_memory_is) {
    using abi::adyton::Host;
    for (const Host host : {Host::Strict, Host::Planes})
        EXPECT_EQ(plan_hole(host, to_shared(0x5000)), HoleAction::Refuse);
    EXPECT_EQ(plan_hole(Host::Kvm, to_shared(0x5000)), HoleAction::Grant);
    EXPECT_EQ(plan_hole(Host::Kvm, to_private(0x5000)), HoleAction::EndVm);
}

TEST(PscWalk, reaches_the_last_entry_of_a_full_buffer) {
    abi::PscBuffer list{{0, abi::psc_max_entries - 1, 0}, {}};
    list.entries.fill(entry(0x5000, 1));
    EXPECT_TRUE(walk(list));
    EXPECT_EQ(list.header.cur_entry, abi::psc_max_entries);
    EXPECT_EQ(abi::PscEntry::CurPage::get(list.entries.back()), 1u);
}

TEST(PscWalk, is_not_longer_than_the_header_was_at_its_beginning) {
    abi::PscBuffer list{{0, 0, 0}, {entry(0x5000, 1), entry(0x6000, 1)}};
    PscWalk walk{list};
    ASSERT_TRUE(walk.next());
    list.header.end_entry = 1;
    walk.made();
    EXPECT_FALSE(walk.next());
}

}  // namespace
}  // namespace model::host
