// SPDX-License-Identifier: MIT
// SVSM_CORE_DEPOSIT_MEM: pages of the guest become the SVSM's.
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

// A host may have the firmware's file in ROM: what the SVSM works with must not lie there.
TEST_F(DepositMem, the_window_of_firmware_takes_part_in_pvalidate_alone) {
    guest.window = {page_a, page_a + page_bytes};
    ASSERT_TRUE(guest.ram.remove(guest.window));
    EXPECT_EQ(deposit({page_a.value()}), code(SvsmError::InvalidAddress));
    EXPECT_EQ(result_of(CoreCall::RemapCa, page_a.value()), code(SvsmError::InvalidAddress));
    EXPECT_EQ(result_of(CoreCall::Pvalidate, page_a.value()), code(SvsmError::InvalidAddress));
    write_vmsa(page_a);
    EXPECT_EQ(call(CoreCall::CreateVcpu, {.rcx = page_a.value(), .rdx = page_b.value(), .r8 = apic_ids[2]}).rax,
              code(SvsmError::InvalidAddress));
    EXPECT_EQ(call(CoreCall::CreateVcpu, {.rcx = page_b.value(), .rdx = page_a.value(), .r8 = apic_ids[2]}).rax,
              code(SvsmError::InvalidAddress));
    EXPECT_EQ(run({rescind(page_a)}), abi::svsm_success);
    EXPECT_EQ(run({validate(page_a)}), abi::svsm_success);
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
    m.rmpadjust_result = [](Gpa) { return std::optional{machine::RmpadjustError::FailSizeMismatch}; };
    EXPECT_EQ(deposit({page_a.value()}), code(SvsmError::FailSizeMismatch));
    m.rmpadjust_result = nullptr;
    EXPECT_FALSE(is_private(page_a));
}

// Its `next` would be written into a page that may be another level's then.
TEST_F(DepositMem, a_list_that_gives_its_own_page_away_is_not_written) {
    write_list(list_page, {1, 0, 0}, {list_page.value()});
    EXPECT_EQ(result_of(CoreCall::DepositMem, list_page.value()), code(SvsmError::InvalidAddress));
    EXPECT_EQ(next(), 0);
    EXPECT_TRUE(is_private(list_page));
}

// ---- when the table is full

class NoRoom : public DepositWorld {
protected:
    NoRoom() {
        accept_far_region();
        use_up_the_table();
    }
    std::uint64_t create(Gpa vmsa, Gpa area) {
        write_vmsa(vmsa);
        return call(CoreCall::CreateVcpu, {.rcx = vmsa.value(), .rdx = area.value(), .r8 = apic_ids[2]}).rax;
    }
};

TEST_F(NoRoom, every_call_that_makes_a_page_private_is_busy_and_does_nothing) {
    EXPECT_EQ(create(far_page(0), far_page(1)), code(SvsmError::Busy));
    EXPECT_EQ(result_of(CoreCall::RemapCa, far_page(0).value()), code(SvsmError::Busy));
    EXPECT_EQ(slot(0).calling_area, calling_area(0));
    for (const std::uint64_t entry : {far_page(0).value(), large_page.value() | large}) {
        EXPECT_EQ(deposit({entry}), code(SvsmError::Busy));
        EXPECT_EQ(next(), 0);
    }
    for (const Gpa page : {far_page(0), far_page(1), far_page(511)}) {
        EXPECT_TRUE(owns_fully(Vmpl1, page)) << "nothing was taken";
        EXPECT_FALSE(is_private(page));
    }
    EXPECT_EQ(withdraw(), 0u);
}

TEST_F(NoRoom, pages_next_to_private_ones_need_none) {
    EXPECT_EQ(create(page_a, page_b), abi::svsm_success);
    EXPECT_EQ(deposit({page_c.value()}), abi::svsm_success);
}

TEST_F(NoRoom, what_is_withdrawn_makes_room) {
    guest.pages.start(svsm_region, RamBlocks{guest.ram}, states, directory, std::span{regions}.first(1));
    EXPECT_EQ(deposit({far_page(0).value()}), abi::svsm_success);
    EXPECT_EQ(deposit({unvalidated_large_page.value()}), code(SvsmError::Busy));
    EXPECT_EQ(withdraw(), 1u);
    EXPECT_EQ(create(far_page(2), far_page(3)), abi::svsm_success);
}

// The guest knows the address of a deposited page and can have it taken away: the next access to a
// table in it would kill the SVSM. The SVSM keeps nothing in such pages, so the host may take each of
// them at any time.
TEST_F(DepositMem, a_deposited_page_is_of_no_use_to_us) {
    std::vector<std::uint64_t> entries;
    for (unsigned i = 0; i < 300; ++i) entries.push_back(far_page(i).value());
    ASSERT_EQ(deposit(entries), abi::svsm_success);
    m.fill({far_page(0), far_page(300)}, 0xa5);
    accept_far_region();
    use_up_the_table();
    write_vmsa(far_page(400));
    unsigned looks = 0;
    m.between = [&](Step step) { looks += step == Step::MapWindow; };
    EXPECT_EQ(call(CoreCall::CreateVcpu,
                   {.rcx = unvalidated_large_page.value(), .rdx = page_b.value(), .r8 = apic_ids[2]})
                  .rax,
              code(SvsmError::Busy));
    m.between = nullptr;
    EXPECT_EQ(looks, 0u) << "one call does not work through what was deposited";
    EXPECT_TRUE(m.is_filled_with({far_page(0), far_page(300)}, 0xa5));
    EXPECT_TRUE(guest.pages.has_deposits());
    for (unsigned i = 0; i < 300; ++i) m.host_takes(far_page(i));
    EXPECT_EQ(run({rescind(far_page(7))}), code(SvsmError::InvalidAddress));
    EXPECT_EQ(withdraw(), 300u);
}

}  // namespace
}  // namespace svsm
