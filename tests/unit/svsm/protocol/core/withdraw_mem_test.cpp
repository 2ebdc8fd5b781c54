// SPDX-License-Identifier: MIT
// SVSM_CORE_WITHDRAW_MEM: deposited pages come back, and nothing else.
#include "tests/unit/svsm/protocol/core/deposit_fixture.hpp"

namespace svsm {
namespace {

class WithdrawMem : public DepositWorld {};

TEST_F(WithdrawMem, without_a_deposit_returns_nothing) {
    EXPECT_EQ(withdraw(), 0u);
    EXPECT_EQ(m.peek<abi::CallingArea>(calling_area(0)).mem_available, 0);
}

TEST_F(WithdrawMem, returns_the_pages_zeroed_and_with_all_rights) {
    m.fill({page_a, page_c}, 0xaa);
    ASSERT_EQ(deposit({page_a.value(), page_b.value()}), abi::svsm_success);
    EXPECT_EQ(withdraw(), 2u);
    EXPECT_EQ(withdrawn, (std::vector{page_a, page_b}));
    for (const Gpa page : {page_a, page_b}) {
        EXPECT_TRUE(owns_fully(Vmpl1, page));
        EXPECT_FALSE(m.rmp_allows(Vmpl2, Read, page));
        EXPECT_TRUE(is_zero(page));
        EXPECT_FALSE(is_private(page));
    }
    EXPECT_EQ(m.peek<abi::CallingArea>(calling_area(0)).mem_available, 0);
}

TEST_F(WithdrawMem, zeroes_a_page_before_it_grants_it) {
    ASSERT_EQ(deposit({page_a.value()}), abi::svsm_success);
    m.fill({page_a, page_b}, 0x5e);
    m.between = [&](Step) { EXPECT_FALSE(anyone_may(Read, page_a) && !is_zero(page_a)); };
    EXPECT_EQ(withdraw(), 1u);
}

TEST_F(WithdrawMem, returns_as_many_as_fit) {
    std::vector<std::uint64_t> entries;
    for (std::uint64_t i = 0; i < 20; ++i) entries.push_back(page_a.value() + i * page_bytes);
    ASSERT_EQ(deposit(entries), abi::svsm_success);
    EXPECT_EQ(withdraw(list_page + page_bytes - 8 * 4), 3u);
    EXPECT_EQ(m.peek<abi::CallingArea>(calling_area(0)).mem_available, 1);
    EXPECT_EQ(withdraw(list_page + 0xff0), 1u);
    EXPECT_EQ(withdraw(), 16u);
    EXPECT_EQ(m.peek<abi::CallingArea>(calling_area(0)).mem_available, 0);
}

TEST_F(WithdrawMem, returns_a_large_page_in_small_ones) {
    ASSERT_EQ(deposit({large_page.value() | large}), abi::svsm_success);
    EXPECT_EQ(withdraw(), 511u);
    EXPECT_EQ(withdraw(), 1u);
    EXPECT_TRUE(owns_fully(Vmpl1, large_page) && owns_fully(Vmpl1, large_page + 511 * page_bytes));
}

TEST_F(WithdrawMem, touches_nothing_of_its_page_but_what_it_fills) {
    ASSERT_EQ(deposit({page_a.value()}), abi::svsm_success);
    m.fill({list_page, list_page + page_bytes}, 0x77);
    EXPECT_EQ(withdraw(list_page + 0x100), 1u);
    EXPECT_TRUE(m.is_filled_with({list_page, list_page + 0x100}, 0x77));
    EXPECT_TRUE(m.is_filled_with({list_page + 0x110, list_page + page_bytes}, 0x77));
}

TEST_F(WithdrawMem, refuses_an_area_without_room_or_alignment) {
    EXPECT_EQ(result_of(CoreCall::WithdrawMem, list_page.value() + 0xff8), code(SvsmError::InvalidParameter));
    for (std::uint64_t offset = 1; offset < 8; ++offset)
        EXPECT_EQ(result_of(CoreCall::WithdrawMem, list_page.value() + offset),
                  code(SvsmError::InvalidParameter));
}

TEST_F(WithdrawMem, refuses_an_area_that_is_not_the_guests) {
    ASSERT_EQ(deposit({page_a.value()}), abi::svsm_success);
    for (const Gpa at : {svsm_region.begin, vmsa(1), calling_area(0), calling_area(1), page_a, memory_end,
                         Gpa{1ull << 47} + list_page.value(), Gpa{1ull << 52}, unvalidated_page, shared_page})
        EXPECT_EQ(result_of(CoreCall::WithdrawMem, at.value()), code(SvsmError::InvalidAddress))
            << std::hex << at.value();
    EXPECT_TRUE(is_private(page_a)) << "deposited as before";
    EXPECT_EQ(withdraw(calling_area(0) + 8), 1u) << "behind the head of a calling area";
}

TEST_F(WithdrawMem, an_area_that_vanishes_takes_no_page_with_it) {
    ASSERT_EQ(deposit({page_a.value(), page_b.value()}), abi::svsm_success);
    m.between = [&](Step step) {
        if (step == Step::GuestWrite && m.entry(list_page).assigned) m.host_takes(list_page);
    };
    EXPECT_EQ(result_of(CoreCall::WithdrawMem, list_page.value()), code(SvsmError::InvalidAddress));
    m.between = nullptr;
    EXPECT_TRUE(is_private(page_a) && is_private(page_b));
    EXPECT_EQ(withdraw(page_c), 2u);
}

TEST_F(WithdrawMem, a_page_that_the_host_took_comes_back_without_rights) {
    ASSERT_EQ(deposit({page_a.value(), page_b.value()}), abi::svsm_success);
    m.host_takes(page_a);
    EXPECT_EQ(withdraw(), 2u);
    EXPECT_FALSE(anyone_may(Read, page_a));
    EXPECT_TRUE(owns_fully(Vmpl1, page_b));
}

TEST_F(WithdrawMem, gives_to_every_level_up_to_the_callers) {
    ASSERT_EQ(deposit({page_a.value()}), abi::svsm_success);
    guest.pages.change<PageState::Guests, PageState::Dirty>(page_b);
    guest.set_vcpu(guest.vcpus[1], Vmpl2, page_b, page_c);
    m.launch_vmsa(page_b, Vmpl1);
    write_vmsa(page_b);
    levels[1] = Vmpl2;
    EXPECT_EQ(call(CoreCall::WithdrawMem, {.rcx = list_page.value()}, 1).rax, abi::svsm_success);
    EXPECT_TRUE(owns_fully(Vmpl1, page_a) && owns_fully(Vmpl2, page_a));
    EXPECT_FALSE(m.rmp_allows(Vmpl3, Read, page_a));
}

}  // namespace
}  // namespace svsm
