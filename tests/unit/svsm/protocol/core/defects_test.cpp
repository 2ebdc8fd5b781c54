// SPDX-License-Identifier: MIT
// Defects found by reading other SVSMs, each as the attack or mistake that it would be here.
// docs/security-model.md numbers them and names the tests of those that need the whole machine.
#include "svsm/ghcb/page_state.hpp"
#include "tests/unit/svsm/protocol/core/deposit_fixture.hpp"

namespace svsm {
namespace {

class Defects : public DepositWorld {
protected:
    std::uint64_t create(Gpa vmsa_page, Gpa area, std::uint64_t apic_id = apic_ids[2]) {
        return call(CoreCall::CreateVcpu, {.rcx = vmsa_page.value(), .rdx = area.value(), .r8 = apic_id}).rax;
    }
};

TEST_F(Defects, Defect01_a_protocol_number_of_the_guests_choice_indexes_a_table) {
    for (const std::uint64_t protocol : {2ull, 3ull, 0x7fff'ffffull, 0xffff'ffffull})
        EXPECT_EQ(call(CoreCall::QueryProtocol, {.rcx = protocol << 32 | 1}).rcx, 0u);
}

TEST_F(Defects, Defect02_a_resumed_list_starts_again_with_entry_0) {
    EXPECT_EQ(run({rescind(page_a), rescind(page_b)}, 1), abi::svsm_success);
    EXPECT_TRUE(is_valid(page_a));
    EXPECT_FALSE(is_valid(page_b));
}

TEST_F(Defects, Defect03_header_and_entries_are_read_again_and_again) {
    unsigned header_reads = 0, entry_reads = 0;
    m.before_guest_read = [&](Gpa at) {
        if (at == list_page) ++header_reads;
        if (at == list_page + 8) ++entry_reads;
    };
    EXPECT_EQ(run({rescind(page_a), rescind(page_b)}), abi::svsm_success);
    EXPECT_EQ(header_reads, 1u);
    EXPECT_EQ(entry_reads, 1u);
}

TEST_F(Defects, Defect04_an_address_with_too_many_bits_is_a_panic) {
    for (unsigned bit = 47; bit < 64; ++bit)
        for (const auto which : {CoreCall::RemapCa, CoreCall::Pvalidate, CoreCall::DepositMem,
                                 CoreCall::WithdrawMem, CoreCall::DeleteVcpu})
            EXPECT_NE(result_of(which, 1ull << bit | page_a.value()), abi::svsm_success);
}

TEST_F(Defects, Defect05_private_pages_are_not_protected_as_targets) {
    for (const Gpa page : {vmsa(0), vmsa(1), calling_area(0), calling_area(1), svsm_region.begin}) {
        EXPECT_EQ(run({rescind(page)}), code(SvsmError::InvalidAddress));
        EXPECT_EQ(result_of(CoreCall::RemapCa, page.value()),
                  page == calling_area(0) ? abi::svsm_success : code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(page, page_b), code(SvsmError::InvalidAddress));
        EXPECT_EQ(create(page_a, page, apic_ids[2]), code(SvsmError::InvalidAddress));
        EXPECT_EQ(deposit({page.value()}), code(SvsmError::InvalidAddress));
    }
}

TEST_F(Defects, Defect06_a_new_calling_area_starts_with_its_old_pending_byte) {
    m.poke(page_a, std::uint8_t{1});
    EXPECT_EQ(result_of(CoreCall::RemapCa, page_a.value()), abi::svsm_success);
    EXPECT_EQ(pending(page_a), 0);
}

TEST_F(Defects, Defect07_a_refused_creation_leaves_something_behind) {
    write_vmsa(page_a);
    EXPECT_EQ(create(page_a, page_b, 77), code(SvsmError::InvalidParameter)) << "APIC ID";
    m.poke(page_a + offsetof(abi::Vmsa, sev_features), std::uint64_t{3});
    EXPECT_EQ(create(page_a, page_b), code(SvsmError::InvalidParameter)) << "features";
    EXPECT_TRUE(owns_fully(Vmpl1, page_a));
    EXPECT_FALSE(m.entry(page_a).vmsa);
    EXPECT_FALSE(is_private(page_a) || is_private(page_b));
}

TEST_F(Defects, Defect08_a_running_or_startup_vcpu_is_deleted) {
    EXPECT_EQ(result_of(CoreCall::DeleteVcpu, vmsa(0).value()), code(SvsmError::InvalidParameter));
    m.set_in_use(vmsa(1), true);
    EXPECT_EQ(result_of(CoreCall::DeleteVcpu, vmsa(1).value()), code(SvsmError::FailInUse));
    m.set_in_use(vmsa(1), false);
    const auto flushes = m.flushes();
    EXPECT_EQ(result_of(CoreCall::DeleteVcpu, vmsa(1).value()), abi::svsm_success);
    EXPECT_GT(m.flushes(), flushes);
}

TEST_F(Defects, Defect09_a_vmsa_that_could_not_be_stopped_is_worked_on) {
    request(0, {core_call(CoreCall::QueryProtocol), 1});
    m.between = [&](Step step) {
        if (step == Step::CompareExchange)
            m.poke(vmsa(0) + offsetof(abi::Vmsa, efer), std::uint64_t{abi::Efer::svme | abi::Efer::lme});
    };
    serve(0);
    m.between = nullptr;
    EXPECT_EQ(registers(0).rax, core_call(CoreCall::QueryProtocol));
    EXPECT_EQ(pending(calling_area(0)), 1);
}

TEST_F(Defects, Defect10_two_guards_share_a_mapping) {
    // The list's page is an entry of its own list: two uses of one page at a time. The simulated machine
    // throws when a window is used after it was closed, or opened twice.
    EXPECT_EQ(run({validate(page_a, ignoring), validate(list_page, ignoring)}), abi::svsm_success);
    EXPECT_FALSE(m.has_open_look());
}

TEST_F(Defects, Defect12_the_host_picks_the_pages_that_are_validated) {
    ghcb::PageStateList list;
    ASSERT_TRUE(list.add(page_a, PageSize::Size4K, abi::PscOperation::Private).has_value());
    m.host_event_reply = [](abi::Ghcb& ghcb) {
        abi::PscBuffer buffer;
        std::memcpy(&buffer, ghcb.shared_buffer, sizeof buffer);
        buffer.header.cur_entry = 300;
        std::memcpy(ghcb.shared_buffer, &buffer, sizeof buffer);
    };
    EXPECT_FALSE(list.flush().has_value());
}

TEST_F(Defects, Defect14_one_cpu_writes_what_another_is_reading) {
    serve(1);
    request(1, {core_call(CoreCall::QueryProtocol), 1});
    bool tried = false;
    m.between = [&](Step step) {
        if (sim::Machine::current_cpu() != 1 || step != Step::GuestWrite || tried) return;
        tried = true;
        EXPECT_EQ(call(CoreCall::DeleteVcpu, {.rcx = vmsa(1).value()}).rax, code(SvsmError::FailInUse));
    };
    serve(1);
    EXPECT_TRUE(tried);
    EXPECT_EQ(registers(1).rax, abi::svsm_success);
}

TEST_F(Defects, Defect16_the_guest_sees_a_result_before_the_call_is_over) {
    request(0, {core_call(CoreCall::QueryProtocol), 1});
    m.between = [&](Step) {
        if (pending(calling_area(0)) == 0) EXPECT_EQ(registers(0).rax, abi::svsm_success);
    };
    serve(0);
}

TEST_F(Defects, Defect17_a_page_that_cannot_be_zeroed_is_granted) {
    m.between = [&](Step step) {
        if (step == Step::GuestWrite && m.entry(unvalidated_page).validated) {
            m.host_takes(unvalidated_page);
            m.host_gives(unvalidated_page);
        }
    };
    write_list(calling_area(0) + 8, {1, 0, 0}, {validate(unvalidated_page)});
    EXPECT_EQ(result_of(CoreCall::Pvalidate, calling_area(0).value() + 8), code(SvsmError::InvalidAddress));
    m.between = nullptr;
    EXPECT_FALSE(anyone_may(Read, unvalidated_page));
}

TEST_F(Defects, Defect20_a_lock_is_taken_for_each_4k_of_a_2m_entry) {
    unsigned steps = 0;
    m.between = [&](Step) { ++steps; };
    EXPECT_EQ(run({rescind(large_page, large)}), abi::svsm_success);
    EXPECT_LT(steps, 64u) << "nothing was done 512 times";
}

}  // namespace
}  // namespace svsm
