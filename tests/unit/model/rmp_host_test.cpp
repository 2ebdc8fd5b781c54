// SPDX-License-Identifier: MIT
// The host's side of the table: pages change owner, and the guest must be able to detect it.
// [APM3 "RMPUPDATE", "PSMASH"]
#include "tests/unit/model/rmp_table.hpp"

namespace model {
namespace {

class RmpHost : public RmpTable {
protected:
    static RmpEntry fresh(Gpa page) {
        return {.assigned = true, .owner = Owner::Guest, .permissions = {Permission::all}, .guest = page};
    }
    static RmpEntry fresh_large(Gpa page) {
        auto entry = fresh(page);
        entry.large = true;
        return entry;
    }
};

TEST_F(RmpHost, an_assigned_page_is_unvalidated_and_for_vmpl0_only) {
    EXPECT_EQ(rmp.assign(host_page, Size4K), RmpResult::Success);
    EXPECT_EQ(rmp.entry(host_page), fresh(host_page));
}

TEST_F(RmpHost, an_assigned_2m_page_is_large_in_all_entries) {
    EXPECT_EQ(rmp.unassign(small_pages, Size2M), RmpResult::Success);
    EXPECT_EQ(rmp.assign(small_pages, Size2M), RmpResult::Success);
    for (std::uint64_t i = 0; i < pages_per_large; ++i)
        EXPECT_EQ(rmp.entry(small_pages + i * page_bytes), fresh_large(small_pages + i * page_bytes));
}

TEST_F(RmpHost, assigning_what_the_guest_owns_changes_nothing) {
    EXPECT_EQ(rmp.assign(valid_page, Size4K), RmpResult::Success);
    EXPECT_EQ(rmp.assign(large_page, Size2M), RmpResult::Success);
    expect_unchanged();
}

TEST_F(RmpHost, a_page_that_went_away_and_came_back_has_to_be_validated_again) {
    permit(valid_page, Vmpl1, Permission::all);
    EXPECT_EQ(rmp.unassign(valid_page, Size4K), RmpResult::Success);
    EXPECT_EQ(rmp.entry(valid_page), RmpEntry{});
    EXPECT_EQ(rmp.assign(valid_page, Size4K), RmpResult::Success);
    EXPECT_EQ(rmp.entry(valid_page), fresh(valid_page));
}

TEST_F(RmpHost, unassigning_a_vmsa_takes_the_attribute_away) {
    EXPECT_EQ(rmp.unassign(vmsa_page, Size4K), RmpResult::Success);
    EXPECT_EQ(rmp.assign(vmsa_page, Size4K), RmpResult::Success);
    EXPECT_FALSE(rmp.entry(vmsa_page).vmsa);
}

TEST_F(RmpHost, small_pages_that_become_one_large_page_lose_their_validation) {
    EXPECT_EQ(rmp.assign(small_pages, Size2M), RmpResult::Success);
    for (std::uint64_t i = 0; i < pages_per_large; ++i)
        EXPECT_EQ(rmp.entry(small_pages + i * page_bytes), fresh_large(small_pages + i * page_bytes));
}

TEST_F(RmpHost, assigning_a_small_page_inside_a_large_one_splits_it_and_keeps_its_state) {
    EXPECT_EQ(rmp.assign(large_page + page_bytes, Size4K), RmpResult::Success);
    for (std::uint64_t i = 0; i < pages_per_large; ++i) {
        EXPECT_FALSE(rmp.entry(large_page + i * page_bytes).large);
        EXPECT_TRUE(rmp.entry(large_page + i * page_bytes).validated);
    }
}

TEST_F(RmpHost, unassigning_a_small_page_inside_a_large_one_splits_it) {
    EXPECT_EQ(rmp.unassign(large_page + page_bytes, Size4K), RmpResult::Success);
    EXPECT_EQ(rmp.entry(large_page + page_bytes), RmpEntry{});
    EXPECT_FALSE(rmp.entry(large_page).large);
    EXPECT_TRUE(rmp.entry(large_page).validated);
}

TEST_F(RmpHost, a_running_vmsa_cannot_be_taken_away) {
    EXPECT_EQ(rmp.unassign(running_vmsa_page, Size4K), RmpResult::FailInUse);
    EXPECT_EQ(rmp.unassign(Gpa{0}, Size2M), RmpResult::FailInUse);
    EXPECT_EQ(rmp.assign(running_vmsa_page, Size4K), RmpResult::FailInUse);
    EXPECT_EQ(rmp.assign(Gpa{0}, Size2M), RmpResult::FailInUse);
    expect_unchanged();
}

TEST_F(RmpHost, a_misaligned_or_missing_page_is_fail_input) {
    for (const Gpa page : {valid_page + 1, outside, Gpa{~0ull << 12}}) {
        EXPECT_EQ(rmp.assign(page, Size4K), RmpResult::FailInput);
        EXPECT_EQ(rmp.unassign(page, Size4K), RmpResult::FailInput);
    }
    EXPECT_EQ(rmp.assign(large_page + page_bytes, Size2M), RmpResult::FailInput);
    EXPECT_EQ(rmp.unassign(large_page + page_bytes, Size2M), RmpResult::FailInput);
    expect_unchanged();
}

TEST(RmpHostEdge, a_2m_page_that_the_end_of_memory_cuts_is_fail_input) {
    OneToOne all{700};
    EXPECT_EQ(all.rmp.assign(Gpa{large_page_bytes}, Size2M), RmpResult::FailInput);
    EXPECT_EQ(all.rmp.assign(Gpa{0}, Size2M), RmpResult::Success);
}

TEST_F(RmpHost, smash_keeps_everything_but_the_size) {
    EXPECT_EQ(rmp.rmpadjust(large_page, Size2M, 0x101, Vmpl0), RmpResult::Success);
    rmp.smash(large_page + 0x12'3456);
    for (std::uint64_t i = 0; i < pages_per_large; ++i) {
        auto expected = fresh(large_page + i * page_bytes);
        expected.validated = true;
        expected.permissions[1] = Permission::read;
        EXPECT_EQ(rmp.entry(large_page + i * page_bytes), expected);
    }
    EXPECT_TRUE(rmp.entry(unvalidated_large_page).large);
}

TEST_F(RmpHost, smash_of_a_small_page_changes_nothing) {
    rmp.smash(small_pages);
    rmp.smash(outside);
    expect_unchanged();
}

TEST_F(RmpHost, a_launched_page_is_validated_and_for_vmpl0_only) {
    rmp.launch(host_page, false);
    auto launched = fresh(host_page);
    launched.validated = true;
    EXPECT_EQ(rmp.entry(host_page), launched);
    rmp.launch(host_page, true);
    EXPECT_TRUE(rmp.entry(host_page).vmsa);
}

TEST_F(RmpHost, a_page_launched_inside_a_large_one_splits_it) {
    rmp.launch(unvalidated_large_page + page_bytes, false);
    EXPECT_FALSE(rmp.entry(unvalidated_large_page).large);
    EXPECT_TRUE(rmp.entry(unvalidated_large_page + page_bytes).validated);
    EXPECT_FALSE(rmp.entry(unvalidated_large_page).validated);
}

}  // namespace
}  // namespace model
