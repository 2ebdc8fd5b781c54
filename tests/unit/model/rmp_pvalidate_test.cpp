// SPDX-License-Identifier: MIT
// What PVALIDATE leaves in EAX, CF and the table. [APM3 "PVALIDATE"]
#include "tests/unit/model/rmp_table.hpp"

namespace model {
namespace {

class Pvalidate : public RmpTable {
protected:
    using Result = std::expected<PvalidateOutcome, RmpFault>;
    static constexpr PvalidateOutcome changed{RmpResult::Success, false}, unchanged{RmpResult::Success, true};

    Result validate(Gpa page, PageSize size = Size4K, Vmpl vmpl = Vmpl0) {
        return rmp.pvalidate(page, size, Validity::Validate, vmpl);
    }
    Result rescind(Gpa page, PageSize size = Size4K) {
        return rmp.pvalidate(page, size, Validity::Rescind, Vmpl0);
    }
    static RmpFault fault(const Result& result) {
        EXPECT_FALSE(result.has_value());
        return result ? RmpFault{0xff} : result.error();
    }
};

TEST_F(Pvalidate, validates_one_page) {
    EXPECT_EQ(validate(unvalidated_page), changed);
    EXPECT_TRUE(rmp.entry(unvalidated_page).validated);
    rmp.entry(unvalidated_page).validated = false;
    expect_unchanged();
}

TEST_F(Pvalidate, rescinds_one_page) {
    EXPECT_EQ(rescind(valid_page), changed);
    EXPECT_FALSE(rmp.entry(valid_page).validated);
    EXPECT_TRUE(rmp.entry(valid_page).assigned);
}

TEST_F(Pvalidate, sets_carry_when_nothing_changes) {
    EXPECT_EQ(validate(valid_page), unchanged);
    EXPECT_EQ(rescind(unvalidated_page), unchanged);
    expect_unchanged();
}

TEST_F(Pvalidate, of_a_2m_page_changes_all_512_entries) {
    EXPECT_EQ(validate(unvalidated_large_page, Size2M), changed);
    EXPECT_EQ(validate(unvalidated_large_page, Size2M), unchanged);
    EXPECT_EQ(rescind(large_page, Size2M), changed);
    for (std::uint64_t i = 0; i < pages_per_large; ++i) {
        EXPECT_TRUE(rmp.entry(unvalidated_large_page + i * page_bytes).validated);
        EXPECT_FALSE(rmp.entry(large_page + i * page_bytes).validated);
    }
    EXPECT_TRUE(rmp.entry(small_pages).validated);
}

TEST_F(Pvalidate, does_not_touch_permissions) {
    permit(valid_page, Vmpl1, Permission::all);
    EXPECT_EQ(rescind(valid_page), changed);
    EXPECT_EQ(validate(valid_page), changed);
    expect_unchanged();
}

TEST_F(Pvalidate, is_for_vmpl0_only) {
    for (const Vmpl vmpl : {Vmpl1, Vmpl2, Vmpl3})
        EXPECT_EQ(fault(validate(unvalidated_page, Size4K, vmpl)), RmpFault::GeneralProtection);
    expect_unchanged();
}

TEST_F(Pvalidate, of_a_misaligned_address_is_fail_input) {
    const PvalidateOutcome refused{RmpResult::FailInput, false};
    EXPECT_EQ(validate(unvalidated_page + 1), refused);
    EXPECT_EQ(validate(unvalidated_large_page + page_bytes, Size2M), refused);
    expect_unchanged();
}

TEST_F(Pvalidate, of_2m_that_are_not_memory_all_the_way_is_fail_input) {
    const PvalidateOutcome refused{RmpResult::FailInput, false};
    rmp.hide(small_pages + 511 * page_bytes);
    EXPECT_EQ(validate(small_pages, Size2M), refused);
    rmp.hide(small_pages);
    EXPECT_EQ(fault(validate(small_pages, Size2M)), RmpFault::NothingShown);
    EXPECT_EQ(validate(small_pages + page_bytes), unchanged);
}

TEST_F(Pvalidate, of_4k_within_2m_makes_the_host_split_the_page_and_is_executed_anew) {
    const auto carried = carry_out(rmp, large_page, [&](Rmp&) { return rescind(large_page + page_bytes); });
    EXPECT_EQ(carried.result, changed);
    EXPECT_TRUE(carried.was_split);
    EXPECT_FALSE(rmp.entry(large_page).large);
    EXPECT_TRUE(rmp.entry(large_page).validated);
    EXPECT_FALSE(rmp.entry(large_page + page_bytes).validated);
}

TEST_F(Pvalidate, splits_nothing_when_it_is_answered_or_faults_for_another_reason) {
    EXPECT_FALSE(carry_out(rmp, valid_page, [&](Rmp&) { return rescind(valid_page); }).was_split);
    const auto faulted = carry_out(rmp, host_page, [&](Rmp&) { return validate(host_page); });
    EXPECT_EQ(fault(faulted.result), RmpFault::NotAssigned);
    EXPECT_FALSE(faulted.was_split);
}

TEST_F(Pvalidate, is_executed_anew_once_only) {
    int executions = 0;
    const auto carried = carry_out(rmp, large_page, [&](Rmp&) {
        ++executions;
        return Result{std::unexpected{RmpFault::SizeMismatch}};
    });
    EXPECT_EQ(fault(carried.result), RmpFault::SizeMismatch);
    EXPECT_EQ(executions, 2);
}

TEST_F(Pvalidate, outside_the_table_faults) {
    EXPECT_EQ(fault(validate(outside)), RmpFault::OutsideRam);
    EXPECT_EQ(fault(validate(outside, Size2M)), RmpFault::OutsideRam);
}

TEST_F(Pvalidate, of_a_page_of_the_host_faults) {
    EXPECT_EQ(fault(validate(host_page)), RmpFault::NotAssigned);
    EXPECT_EQ(fault(validate(host_page, Size2M)), RmpFault::NotAssigned);
    expect_unchanged();
}

TEST_F(Pvalidate, of_a_4k_page_inside_a_2m_page_faults_so_that_the_host_splits_it) {
    EXPECT_EQ(fault(validate(unvalidated_large_page)), RmpFault::SizeMismatch);
    EXPECT_EQ(fault(rescind(large_page + 5 * page_bytes)), RmpFault::SizeMismatch);
    expect_unchanged();
    rmp.smash(unvalidated_large_page);
    EXPECT_EQ(validate(unvalidated_large_page), changed);
}

TEST_F(Pvalidate, of_a_2m_page_whose_entries_are_4k_is_a_size_mismatch) {
    const PvalidateOutcome refused{RmpResult::FailSizeMismatch, false};
    EXPECT_EQ(validate(small_pages, Size2M), refused);
    EXPECT_EQ(rescind(small_pages, Size2M), refused);
    expect_unchanged();
}

TEST_F(Pvalidate, of_a_running_vmsa_faults) {
    EXPECT_EQ(fault(rescind(running_vmsa_page)), RmpFault::InUse);
    EXPECT_EQ(fault(validate(running_vmsa_page)), RmpFault::InUse);
    expect_unchanged();
}

}  // namespace
}  // namespace model
