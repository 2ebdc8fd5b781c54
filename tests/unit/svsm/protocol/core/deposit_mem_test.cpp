// SPDX-License-Identifier: MIT
// SVSM_CORE_DEPOSIT_MEM: pages of the guest become ours, and what becomes of them.
#include "tests/unit/svsm/protocol/core/deposit_fixture.hpp"

namespace svsm {
namespace {

class DepositMem : public DepositWorld {};

TEST_F(DepositMem, takes_pages_from_every_level) {
    EXPECT_EQ(deposit({page_a.value(), page_b.value()}), abi::svsm_success);
    EXPECT_EQ(next(), 2);
    for (const Gpa page : {page_a, page_b}) {
        EXPECT_FALSE(anyone_may(Read, page) || anyone_may(Write, page));
        EXPECT_TRUE(m.entry(page).validated);
        EXPECT_TRUE(is_private(page));
    }
    EXPECT_FALSE(is_private(page_c));
}

TEST_F(DepositMem, takes_a_large_page) {
    EXPECT_EQ(deposit({large_page.value() | large}), abi::svsm_success);
    EXPECT_TRUE(is_private(large_page) && is_private(large_page + 511 * page_bytes));
    EXPECT_FALSE(anyone_may(Read, large_page + 0x1234));
}

TEST_F(DepositMem, says_in_the_startup_vcpus_calling_area_that_there_is_memory) {
    EXPECT_EQ(m.peek<abi::CallingArea>(calling_area(0)).mem_available, 0);
    EXPECT_EQ(deposit({page_a.value()}, 1), abi::svsm_success);
    EXPECT_EQ(m.peek<abi::CallingArea>(calling_area(0)).mem_available, 1);
    EXPECT_EQ(m.peek<abi::CallingArea>(calling_area(1)).mem_available, 0);
    EXPECT_EQ(call(CoreCall::RemapCa, {.rcx = page_b.value()}).rax, abi::svsm_success);
    EXPECT_EQ(m.peek<abi::CallingArea>(page_b).mem_available, 1) << "a new calling area says it too";
}

TEST_F(DepositMem, what_was_deposited_cannot_be_used_otherwise) {
    ASSERT_EQ(deposit({page_a.value()}), abi::svsm_success);
    EXPECT_EQ(run({rescind(page_a)}), code(SvsmError::InvalidAddress));
    EXPECT_EQ(run({validate(page_a, ignoring)}), code(SvsmError::InvalidAddress));
    EXPECT_EQ(result_of(CoreCall::RemapCa, page_a.value()), code(SvsmError::InvalidAddress));
    EXPECT_EQ(result_of(CoreCall::Pvalidate, page_a.value()), code(SvsmError::InvalidAddress));
    EXPECT_EQ(deposit({page_a.value()}), code(SvsmError::InvalidAddress));
}

TEST_F(DepositMem, next_names_the_entry_that_failed_and_those_before_stay_taken) {
    EXPECT_EQ(deposit({page_a.value(), svsm_region.begin.value(), page_b.value()}),
              code(SvsmError::InvalidAddress));
    EXPECT_EQ(next(), 1);
    EXPECT_TRUE(is_private(page_a));
    EXPECT_FALSE(anyone_may(Write, page_a)) << "flushed on this path too";
    EXPECT_FALSE(is_private(page_b));
}

TEST_F(DepositMem, refuses_what_is_not_the_guests_to_give) {
    for (const Gpa page : {svsm_region.begin, svsm_region.end - page_bytes, vmsa(0), vmsa(1), calling_area(0),
                           calling_area(1), memory_end, Gpa{1ull << 47} + page_a.value(), Gpa{~0xfffull}}) {
        EXPECT_EQ(deposit({page.value()}), code(SvsmError::InvalidAddress)) << std::hex << page.value();
        EXPECT_EQ(next(), 0);
    }
    EXPECT_EQ(deposit({large}), code(SvsmError::InvalidAddress)) << "2 MiB with VMSAs in it";
}

TEST_F(DepositMem, refuses_malformed_entries) {
    for (unsigned bit = 2; bit < 12; ++bit)
        EXPECT_EQ(deposit({page_a.value() | 1u << bit}), code(SvsmError::InvalidParameter)) << bit;
    EXPECT_EQ(deposit({large_page.value() | 2}), code(SvsmError::InvalidParameter));
    EXPECT_EQ(deposit({large_page.value() | 3}), code(SvsmError::InvalidParameter));
    EXPECT_EQ(deposit({(large_page + page_bytes).value() | large}), code(SvsmError::InvalidParameter));
    EXPECT_FALSE(is_private(page_a));
}

TEST_F(DepositMem, refuses_malformed_lists) {
    m.poke(list_page, PvalidateHeader{0, 0, 0});
    EXPECT_EQ(result_of(CoreCall::DepositMem, list_page.value()), code(SvsmError::InvalidParameter));
    m.poke(list_page, PvalidateHeader{2, 2, 0});
    EXPECT_EQ(result_of(CoreCall::DepositMem, list_page.value()), code(SvsmError::InvalidParameter));
    EXPECT_EQ(result_of(CoreCall::DepositMem, list_page.value() + 4), code(SvsmError::InvalidParameter));
    EXPECT_EQ(result_of(CoreCall::DepositMem, svsm_region.begin.value()), code(SvsmError::InvalidAddress));
}

TEST_F(DepositMem, passes_a_refused_rmpadjust_on) {
    EXPECT_EQ(deposit({unvalidated_page.value()}), code(SvsmError::InvalidAddress));
    EXPECT_EQ(deposit({shared_page.value()}), code(SvsmError::InvalidAddress));
    m.rmpadjust_result = [](Gpa) { return std::optional{RmpadjustError::FailSizeMismatch}; };
    EXPECT_EQ(deposit({page_a.value()}), code(SvsmError::FailSizeMismatch));
    m.rmpadjust_result = nullptr;
    EXPECT_FALSE(is_private(page_a));
}

// Its `next` would be written into a page that may be part of our tables by now.
TEST_F(DepositMem, a_list_that_gives_its_own_page_away_is_not_written) {
    write_list(list_page, {1, 0, 0}, {list_page.value()});
    EXPECT_EQ(result_of(CoreCall::DepositMem, list_page.value()), code(SvsmError::InvalidAddress));
    EXPECT_EQ(next(), 0);
    EXPECT_TRUE(is_private(list_page));
}

// ---- growing the table

class DepositForTable : public DepositWorld {};

TEST_F(DepositForTable, a_call_that_needs_memory_says_how_much_and_does_nothing) {
    use_up_the_table();
    write_vmsa(far_page(0));
    const Registers in{.rcx = far_page(0).value(), .rdx = far_page(1).value(), .r8 = apic_ids[2]};
    EXPECT_EQ(call(CoreCall::CreateVcpu, in).rax, 0x4000'0001u);
    EXPECT_TRUE(owns_fully(Vmpl1, far_page(0)));
    EXPECT_FALSE(is_private(far_page(0)) || is_private(far_page(1)));
    EXPECT_EQ(result_of(CoreCall::RemapCa, far_page(0).value()), 0x4000'0001u);
    EXPECT_EQ(slot(0).calling_area, calling_area(0));
}

TEST_F(DepositForTable, a_deposit_lets_it_go_on) {
    use_up_the_table();
    ASSERT_EQ(deposit({page_a.value(), page_b.value()}), abi::svsm_success);
    write_vmsa(far_page(0));
    const Registers in{.rcx = far_page(0).value(), .rdx = far_page(1).value(), .r8 = apic_ids[2]};
    EXPECT_EQ(call(CoreCall::CreateVcpu, in).rax, abi::svsm_success);
    EXPECT_EQ(m.kept_pages(), 1u);
    EXPECT_TRUE(is_private(far_page(0)) && is_private(far_page(1)));
    for (const Gpa page : {page_a, page_b}) {
        EXPECT_FALSE(anyone_may(Read, page) || anyone_may(Write, page));
        EXPECT_TRUE(is_private(page));
    }
}

TEST_F(DepositForTable, an_offer_of_memory_needs_no_memory) {
    use_up_the_table();
    EXPECT_EQ(deposit({far_page(0).value()}), abi::svsm_success);
    EXPECT_TRUE(is_private(far_page(0)));
    EXPECT_EQ(m.kept_pages(), 1u) << "the page itself is the table in which it stands";
    EXPECT_EQ(withdraw(), 0u) << "and stays there";
    EXPECT_EQ(deposit({far_page(1).value()}), abi::svsm_success);
    EXPECT_EQ(withdraw(), 1u);
}

TEST_F(DepositForTable, a_table_page_is_zeroed_and_flushed_before_it_is_used) {
    use_up_the_table();
    m.fill({far_page(0), far_page(0) + page_bytes}, 0xff);
    m.between = [&](Step step) {
        if (step != Step::KeepPage) return;
        EXPECT_TRUE(m.is_filled_with({far_page(0), far_page(0) + page_bytes}, 0));
        EXPECT_FALSE(anyone_may(Write, far_page(0))) << "through an old translation";
    };
    EXPECT_EQ(deposit({far_page(0).value()}), abi::svsm_success);
}

TEST_F(DepositForTable, a_page_that_cannot_be_kept_is_busy) {
    use_up_the_table();
    m.keepable_pages = 0;
    EXPECT_EQ(deposit({far_page(0).value()}), code(SvsmError::Busy));
    EXPECT_TRUE(owns_fully(Vmpl1, far_page(0))) << "nothing was taken";
    EXPECT_FALSE(is_private(far_page(0)));
}

}  // namespace
}  // namespace svsm
