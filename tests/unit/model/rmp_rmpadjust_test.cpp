// SPDX-License-Identifier: MIT
// What RMPADJUST allows to each VMPL. [APM3 "RMPADJUST"]
#include "tests/unit/model/rmp_table.hpp"

namespace model {
namespace {

constexpr std::uint64_t attributes(Vmpl target, std::uint64_t permissions, bool vmsa = false) {
    return RmpAttributes::TargetVmpl::put(static_cast<std::uint64_t>(target)) |
           RmpAttributes::Permissions::put(permissions) | RmpAttributes::IsVmsa::put(vmsa ? 1 : 0);
}

class Rmpadjust : public RmpTable {
protected:
    using Result = std::expected<RmpResult, RmpFault>;
    Result adjust(Gpa page, std::uint64_t rdx, Vmpl current = Vmpl0, PageSize size = Size4K) {
        return rmp.rmpadjust(page, size, rdx, current);
    }
    std::uint8_t rights(Gpa page, Vmpl vmpl) {
        return rmp.entry(page).permissions[static_cast<std::size_t>(vmpl)];
    }
    static RmpFault fault(const Result& result) {
        EXPECT_FALSE(result.has_value());
        return result ? RmpFault{0xff} : result.error();
    }
};

TEST_F(Rmpadjust, grants_and_revokes_for_one_vmpl) {
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl2, Permission::all)), RmpResult::Success);
    EXPECT_EQ(rights(valid_page, Vmpl2), Permission::all);
    EXPECT_EQ(rights(valid_page, Vmpl1), Permission::none);
    EXPECT_EQ(rights(valid_page, Vmpl3), Permission::none);
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl2, Permission::none)), RmpResult::Success);
    expect_unchanged();
}

TEST_F(Rmpadjust, of_a_2m_page_changes_all_512_entries) {
    EXPECT_EQ(adjust(large_page, attributes(Vmpl1, Permission::read), Vmpl0, Size2M), RmpResult::Success);
    for (std::uint64_t i = 0; i < pages_per_large; ++i)
        EXPECT_EQ(rights(large_page + i * page_bytes, Vmpl1), Permission::read);
    EXPECT_EQ(rights(small_pages, Vmpl1), Permission::none);
}

TEST_F(Rmpadjust, makes_a_vmsa_page) {
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl1, Permission::read, true)), RmpResult::Success);
    EXPECT_TRUE(rmp.entry(valid_page).vmsa);
}

TEST_F(Rmpadjust, by_vmpl0_without_the_vmsa_bit_ends_a_vmsa_page) {
    EXPECT_EQ(adjust(vmsa_page, attributes(Vmpl1, Permission::all)), RmpResult::Success);
    EXPECT_FALSE(rmp.entry(vmsa_page).vmsa);
}

TEST_F(Rmpadjust, by_another_vmpl_leaves_a_vmsa_page_one) {
    permit(vmsa_page, Vmpl1, Permission::all);
    EXPECT_EQ(adjust(vmsa_page, attributes(Vmpl2, Permission::read), Vmpl1), RmpResult::Success);
    EXPECT_TRUE(rmp.entry(vmsa_page).vmsa);
}

TEST_F(Rmpadjust, of_ones_own_or_a_higher_vmpl_is_fail_permission) {
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl0, Permission::none)), RmpResult::FailPermission);
    permit(valid_page, Vmpl1, Permission::all);
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl1, Permission::none), Vmpl1), RmpResult::FailPermission);
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl0, Permission::none), Vmpl1), RmpResult::FailPermission);
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl3, Permission::all), Vmpl3), RmpResult::FailPermission);
    expect_unchanged();
}

TEST_F(Rmpadjust, cannot_give_what_the_caller_does_not_have) {
    permit(valid_page, Vmpl1, Permission::read | Permission::write);
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl2, Permission::execute_user), Vmpl1),
              RmpResult::FailPermission);
    expect_unchanged();
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl2, Permission::write), Vmpl1), RmpResult::Success);
    EXPECT_EQ(rights(valid_page, Vmpl2), Permission::write);
}

TEST_F(Rmpadjust, cannot_give_permissions_that_do_not_exist) {
    for (const std::uint64_t bit : {0x10u, 0x20u, 0x40u, 0x80u})
        EXPECT_EQ(adjust(valid_page, attributes(Vmpl1, bit)), RmpResult::FailPermission);
    expect_unchanged();
}

TEST_F(Rmpadjust, makes_a_vmsa_page_for_vmpl0_only) {
    permit(valid_page, Vmpl1, Permission::all);
    EXPECT_EQ(adjust(valid_page, attributes(Vmpl2, Permission::read, true), Vmpl1),
              RmpResult::FailPermission);
    expect_unchanged();
}

TEST_F(Rmpadjust, with_a_reserved_bit_is_fail_input) {
    for (unsigned bit = 17; bit < 64; ++bit)
        EXPECT_EQ(adjust(valid_page, attributes(Vmpl1, Permission::all) | 1ull << bit), RmpResult::FailInput);
    expect_unchanged();
}

TEST_F(Rmpadjust, of_a_vmpl_that_does_not_exist_is_fail_input) {
    EXPECT_EQ(adjust(valid_page, RmpAttributes::TargetVmpl::put(4)), RmpResult::FailInput);
    EXPECT_EQ(adjust(valid_page, RmpAttributes::TargetVmpl::put(0xff)), RmpResult::FailInput);
    expect_unchanged();
}

TEST_F(Rmpadjust, of_2m_that_are_not_memory_all_the_way_is_fail_input_whatever_is_asked) {
    rmp.hide(small_pages + page_bytes);
    for (const Vmpl target : {Vmpl0, Vmpl1})
        EXPECT_EQ(adjust(small_pages, attributes(target, Permission::read), Vmpl0, Size2M),
                  RmpResult::FailInput);
}

TEST_F(Rmpadjust, of_4k_within_2m_makes_the_host_split_the_page_and_is_executed_anew) {
    const auto carried = carry_out(rmp, large_page, [&](Rmp&) {
        return adjust(large_page + page_bytes, attributes(Vmpl1, Permission::read));
    });
    EXPECT_EQ(carried.result, RmpResult::Success);
    EXPECT_TRUE(carried.was_split);
    EXPECT_EQ(rights(large_page, Vmpl1), Permission::none);
    EXPECT_EQ(rights(large_page + page_bytes, Vmpl1), Permission::read);
}

TEST_F(Rmpadjust, of_a_misaligned_address_is_fail_input) {
    EXPECT_EQ(adjust(valid_page + 8, attributes(Vmpl1, Permission::all)), RmpResult::FailInput);
    EXPECT_EQ(adjust(large_page + page_bytes, attributes(Vmpl1, Permission::all), Vmpl0, Size2M),
              RmpResult::FailInput);
    expect_unchanged();
}

TEST_F(Rmpadjust, of_a_2m_vmsa_is_fail_input) {
    EXPECT_EQ(adjust(large_page, attributes(Vmpl1, Permission::read, true), Vmpl0, Size2M),
              RmpResult::FailInput);
    expect_unchanged();
}

TEST_F(Rmpadjust, outside_the_table_faults) {
    EXPECT_EQ(fault(adjust(outside, attributes(Vmpl1, Permission::all))), RmpFault::OutsideRam);
}

TEST_F(Rmpadjust, of_a_page_of_the_host_faults) {
    EXPECT_EQ(fault(adjust(host_page, attributes(Vmpl1, Permission::all))), RmpFault::NotAssigned);
    rmp.entry(host_page).validated = true;
    EXPECT_EQ(fault(adjust(host_page, attributes(Vmpl1, Permission::none))), RmpFault::NotAssigned);
}

TEST_F(Rmpadjust, of_a_page_that_is_not_validated_faults) {
    EXPECT_EQ(fault(adjust(unvalidated_page, attributes(Vmpl1, Permission::all))), RmpFault::NotValidated);
    EXPECT_EQ(fault(adjust(unvalidated_large_page, attributes(Vmpl1, Permission::all), Vmpl0, Size2M)),
              RmpFault::NotValidated);
    expect_unchanged();
}

TEST_F(Rmpadjust, by_a_vmpl_that_may_not_read_the_page_faults) {
    permit(valid_page, Vmpl1, Permission::write);
    EXPECT_EQ(fault(adjust(valid_page, attributes(Vmpl2, Permission::write), Vmpl1)), RmpFault::Permission);
    EXPECT_EQ(fault(adjust(valid_page, attributes(Vmpl3, Permission::none), Vmpl2)), RmpFault::Permission);
    expect_unchanged();
}

TEST_F(Rmpadjust, of_a_4k_page_inside_a_2m_page_faults_so_that_the_host_splits_it) {
    EXPECT_EQ(fault(adjust(large_page, attributes(Vmpl1, Permission::all))), RmpFault::SizeMismatch);
    expect_unchanged();
}

TEST_F(Rmpadjust, of_a_2m_page_whose_entries_are_4k_is_a_size_mismatch) {
    EXPECT_EQ(adjust(small_pages, attributes(Vmpl1, Permission::all), Vmpl0, Size2M),
              RmpResult::FailSizeMismatch);
    expect_unchanged();
}

TEST_F(Rmpadjust, of_a_running_vmsa_is_fail_in_use) {
    EXPECT_EQ(adjust(running_vmsa_page, attributes(Vmpl1, Permission::all)), RmpResult::FailInUse);
    expect_unchanged();
}

}  // namespace
}  // namespace model
