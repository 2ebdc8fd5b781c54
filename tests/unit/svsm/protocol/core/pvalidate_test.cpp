// SPDX-License-Identifier: MIT
// SVSM_CORE_PVALIDATE: what happens to the pages.
#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {
namespace {

class PvalidateForVmpl2 : public PvalidateWorld {
protected:
    PvalidateForVmpl2() : PvalidateWorld{Vmpl2} {}
};

TEST_F(Pvalidate, validates_zeroes_and_grants_a_4k_page) {
    m.fill({unvalidated_page, unvalidated_page + page_bytes}, 0xaa);
    EXPECT_EQ(run({validate(unvalidated_page)}), abi::svsm_success);
    EXPECT_EQ(next(), 1);
    EXPECT_TRUE(is_valid(unvalidated_page));
    EXPECT_TRUE(is_zero(unvalidated_page));
    EXPECT_TRUE(owns_fully(Vmpl1, unvalidated_page));
    EXPECT_FALSE(m.rmp_allows(Vmpl2, Read, unvalidated_page));
    EXPECT_FALSE(m.rmp_allows(Vmpl3, Read, unvalidated_page));
}

TEST_F(Pvalidate, validates_zeroes_and_grants_a_2m_page) {
    m.fill({unvalidated_large_page, memory_end}, 0xaa);
    EXPECT_EQ(run({validate(unvalidated_large_page, large)}), abi::svsm_success);
    EXPECT_TRUE(is_zero(unvalidated_large_page, large_page_bytes));
    for (Gpa page = unvalidated_large_page; page < memory_end; page = page + page_bytes)
        EXPECT_TRUE(owns_fully(Vmpl1, page));
    EXPECT_TRUE(m.entry(unvalidated_large_page).large);
}

TEST_F(Pvalidate, stops_after_8_mib_of_zeroing_and_goes_on_where_it_stopped) {
    const std::vector<std::uint64_t> entries(10, validate(large_page, large | ignoring));
    EXPECT_EQ(run(entries), code(SvsmError::Incomplete));
    EXPECT_EQ(next(), 4);
    EXPECT_EQ(result_of(CoreCall::Pvalidate, list_page.value()), code(SvsmError::Incomplete));
    EXPECT_EQ(next(), 8);
    EXPECT_EQ(result_of(CoreCall::Pvalidate, list_page.value()), abi::svsm_success);
    EXPECT_EQ(next(), 10);
}

TEST_F(Pvalidate, an_incomplete_call_has_flushed_what_it_rescinded) {
    std::vector<std::uint64_t> entries(6, validate(large_page, large | ignoring));
    entries[0] = rescind(page_a);
    EXPECT_EQ(run(entries), code(SvsmError::Incomplete));
    EXPECT_FALSE(anyone_may(Read, page_a));
}

TEST_F(Pvalidate, rescinds_a_4k_page) {
    EXPECT_EQ(run({rescind(page_a)}), abi::svsm_success);
    EXPECT_FALSE(is_valid(page_a));
    EXPECT_FALSE(anyone_may(Read, page_a));
    EXPECT_TRUE(is_valid(page_b));
}

TEST_F(Pvalidate, rescinds_a_2m_page) {
    EXPECT_EQ(run({rescind(large_page, large)}), abi::svsm_success);
    for (Gpa page = large_page; page < unvalidated_large_page; page = page + page_bytes) {
        EXPECT_FALSE(is_valid(page));
        EXPECT_FALSE(anyone_may(Read, page));
    }
}

TEST_F(Pvalidate, grants_to_every_vmpl_up_to_the_callers) {
    write_vmsa(page_a);
    m.poke(page_a + offsetof(abi::Vmsa, vmpl), std::uint8_t{2});
    ASSERT_EQ(
        call(CoreCall::CreateVcpu, {.rcx = page_a.value(), .rdx = page_b.value(), .r8 = apic_ids[2]}).rax,
        0u);
    levels[2] = Vmpl2;
    write_list(list_page, {1, 0, 0}, {validate(unvalidated_page)});
    EXPECT_EQ(call(2, {core_call(CoreCall::Pvalidate), list_page.value()}).rax, abi::svsm_success);
    EXPECT_TRUE(owns_fully(Vmpl1, unvalidated_page));
    EXPECT_TRUE(owns_fully(Vmpl2, unvalidated_page));
    EXPECT_FALSE(m.rmp_allows(Vmpl3, Read, unvalidated_page));
}

TEST_F(PvalidateForVmpl2, grants_to_every_vmpl_up_to_the_guests) {
    EXPECT_EQ(run({validate(unvalidated_page)}), abi::svsm_success);
    EXPECT_TRUE(owns_fully(Vmpl1, unvalidated_page));
    EXPECT_TRUE(owns_fully(Vmpl2, unvalidated_page));
    EXPECT_FALSE(m.rmp_allows(Vmpl3, Read, unvalidated_page));
}

TEST_F(PvalidateForVmpl2, rescinding_leaves_rights_to_nobody) {
    EXPECT_EQ(run({rescind(page_a)}), abi::svsm_success);
    EXPECT_EQ(m.entry(page_a).permissions, (std::array<std::uint8_t, 4>{Permission::all, 0, 0, 0}));
}

// The hypervisor can map a page with the SVSM's secrets at the address; the guest must never read it.
TEST_F(Pvalidate, a_page_is_zero_before_anyone_below_may_read_it) {
    for (const PageSize size : {PageSize::Size4K, PageSize::Size2M}) {
        const bool is_large = size == PageSize::Size2M;
        const Gpa page = is_large ? unvalidated_large_page : unvalidated_page;
        m.fill({page, page + bytes_of(size)}, 0x5e);
        bool was_readable = false;
        m.between = [&](Step) {
            if (!anyone_may(Read, page)) return;
            was_readable = true;
            EXPECT_TRUE(is_zero(page, bytes_of(size)));
        };
        EXPECT_EQ(run({validate(page, is_large ? large : 0)}), abi::svsm_success);
        m.between = nullptr;
        EXPECT_TRUE(was_readable) << "the adversary never looked";
    }
}

TEST_F(Pvalidate, rights_are_revoked_before_the_page_is_invalidated) {
    m.between = [&](Step) {
        if (!is_valid(page_a)) EXPECT_EQ(m.entry(page_a).permissions[1], Permission::none);
    };
    EXPECT_EQ(run({rescind(page_a)}), abi::svsm_success);
}

TEST_F(Pvalidate, a_page_that_comes_back_is_zero) {
    m.fill({page_a, page_b}, 0xaa);
    EXPECT_EQ(run({rescind(page_a), validate(page_a)}), abi::svsm_success);
    EXPECT_TRUE(is_zero(page_a));
    EXPECT_TRUE(owns_fully(Vmpl1, page_a));
}

TEST_F(Pvalidate, flushes_translations_after_a_rescind_before_the_guest_runs) {
    request(0, {core_call(CoreCall::Pvalidate), list_page.value()});
    write_list(list_page, {1, 0, 0}, {rescind(page_a)});
    m.between = [&](Step) {
        if (pending(calling_area(0)) == 0) EXPECT_EQ(m.stale_pages(), 0u);
    };
    serve(0);
    EXPECT_EQ(registers(0).rax, 0u);
    EXPECT_FALSE(m.guest_may(Vmpl1, Write, page_a));
}

TEST_F(Pvalidate, flushes_translations_even_if_a_later_entry_fails) {
    EXPECT_EQ(run({rescind(page_a), validate(svsm_region.begin)}), code(SvsmError::InvalidAddress));
    EXPECT_EQ(m.stale_pages(), 0u);
}

TEST_F(Pvalidate, flushes_translations_even_if_the_page_stays_valid) {
    m.pvalidate_result = [](Gpa) { return machine::PvalidateError::Unknown; };
    EXPECT_EQ(run({rescind(page_a)}), code(SvsmError::PvalidateUnknown));
    EXPECT_EQ(m.stale_pages(), 0u);
    EXPECT_GT(m.flushes(), 0u);
}

TEST_F(Pvalidate, flushes_once_per_call_and_only_for_rescinds) {
    EXPECT_EQ(run({validate(unvalidated_page)}), abi::svsm_success);
    EXPECT_EQ(m.flushes(), 0u);
    EXPECT_EQ(run({rescind(page_a), rescind(page_b), rescind(page_c)}), abi::svsm_success);
    EXPECT_EQ(m.flushes(), 1u);
}

TEST_F(Pvalidate, without_a_change_is_an_error_unless_ignored) {
    expect_refused(validate(page_a), SvsmError::PvalidateUnchanged);
    expect_refused(rescind(unvalidated_page), SvsmError::PvalidateUnchanged);
    EXPECT_EQ(run({validate(page_a, ignoring), rescind(unvalidated_page, ignoring)}), abi::svsm_success);
    EXPECT_EQ(next(), 2);
}

TEST_F(Pvalidate, without_a_change_touches_nothing_ignored_or_not) {
    m.fill({page_a, page_b}, 0xaa);
    m.between = [](Step step) { EXPECT_TRUE(step != Step::Pvalidate && step != Step::Rmpadjust); };
    for (const Gpa page : {page_a, large_page}) {
        const auto size = page == large_page ? large : 0;
        expect_refused(validate(page, size), SvsmError::PvalidateUnchanged);
        EXPECT_EQ(run({validate(page, size | ignoring)}), abi::svsm_success);
    }
    expect_refused(rescind(unvalidated_page), SvsmError::PvalidateUnchanged);
    expect_refused(rescind(unvalidated_large_page, large), SvsmError::PvalidateUnchanged);
    EXPECT_EQ(run({rescind(unvalidated_page, ignoring)}), abi::svsm_success);
    EXPECT_TRUE(m.is_filled_with({page_a, page_b}, 0xaa));
    EXPECT_TRUE(owns_fully(Vmpl1, page_a));
}

// Only the SVSM can end the validity of an address. A guest that gave the page away without RESCIND has
// lost the address.
TEST_F(Pvalidate, a_page_that_went_to_the_host_without_a_rescind_cannot_be_validated_again) {
    m.host_takes(page_a);
    m.host_gives(page_a);
    expect_refused(validate(page_a), SvsmError::PvalidateUnchanged);
    EXPECT_FALSE(is_valid(page_a));
    expect_refused(rescind(page_a), SvsmError::InvalidAddress);
    EXPECT_EQ(state(page_a), PageState::Guests);
}

TEST_F(Pvalidate, of_2m_over_pages_in_different_states_is_a_size_mismatch) {
    EXPECT_EQ(run({rescind(large_page + 7 * page_bytes)}), abi::svsm_success);
    for (const auto flags : {large, large | ignoring}) {
        expect_refused(validate(large_page, flags), SvsmError::FailSizeMismatch);
        expect_refused(rescind(large_page, flags), SvsmError::FailSizeMismatch);
    }
    EXPECT_TRUE(owns_fully(Vmpl1, large_page));
}

TEST_F(Pvalidate, of_the_same_page_twice_fails_the_second_time) {
    EXPECT_EQ(run({validate(unvalidated_page), validate(unvalidated_page)}),
              code(SvsmError::PvalidateUnchanged));
    EXPECT_EQ(next(), 1);
    EXPECT_TRUE(owns_fully(Vmpl1, unvalidated_page));
}

TEST_F(Pvalidate, of_2m_over_4k_entries_is_a_size_mismatch) {
    expect_refused(validate(Gpa{0}, large | ignoring), SvsmError::InvalidAddress);  // there are VMSAs in it
    for (Gpa page = large_page; page < unvalidated_large_page; page = page + page_bytes) renew(page);
    EXPECT_EQ(run({rescind(page_a), validate(large_page, large)}), code(SvsmError::FailSizeMismatch));
    EXPECT_EQ(next(), 1) << "the guest goes on behind the entry that failed";
    EXPECT_EQ(run({validate(large_page), validate(large_page + page_bytes)}), abi::svsm_success);
}

TEST_F(Pvalidate, rescinding_2m_over_4k_entries_is_a_size_mismatch) {
    for (Gpa page = large_page; page < unvalidated_large_page; page = page + page_bytes)
        m.launch_for_guest({page, page + page_bytes}, Vmpl1);
    expect_refused(rescind(large_page, large), SvsmError::FailSizeMismatch);
    EXPECT_TRUE(owns_fully(Vmpl1, large_page));
}

TEST_F(Pvalidate, of_4k_inside_a_2m_page_works) {
    EXPECT_EQ(run({rescind(large_page + page_bytes)}), abi::svsm_success);
    EXPECT_FALSE(is_valid(large_page + page_bytes));
    EXPECT_TRUE(owns_fully(Vmpl1, large_page));
}

TEST_F(Pvalidate, of_a_page_of_the_hypervisor_is_an_invalid_address) {
    expect_refused(validate(shared_page), SvsmError::InvalidAddress);
    EXPECT_EQ(state(shared_page), PageState::NotValidated)
        << "once the host has given it, it can be validated";
    m.host_takes(page_a);
    expect_refused(rescind(page_a), SvsmError::InvalidAddress);
}

TEST_F(Pvalidate, the_result_of_the_instruction_is_passed_on) {
    const std::pair<machine::PvalidateError, std::uint64_t> results[]{
        {machine::PvalidateError::FailInput, 0x8000'1001},
        {machine::PvalidateError::FailSizeMismatch, 0x8000'1006},
        {machine::PvalidateError::Unchanged, 0x8000'1010},
        {machine::PvalidateError::Unknown, 0x8000'1011},
        {machine::PvalidateError::Fault, 0x8000'0003}};
    for (const auto& [result, expected] : results) {
        m.pvalidate_result = [forced = result](Gpa) { return forced; };
        renew(unvalidated_page);
        EXPECT_EQ(run({validate(unvalidated_page)}), expected);
        EXPECT_EQ(next(), 0);
        EXPECT_FALSE(m.rmp_allows(Vmpl1, Read, unvalidated_page));
    }
}

TEST_F(Pvalidate, a_refused_grant_is_passed_on) {
    const std::pair<machine::RmpadjustError, std::uint64_t> results[]{
        {machine::RmpadjustError::FailInput, 0x8000'1001},
        {machine::RmpadjustError::FailPermission, 0x8000'1002},
        {machine::RmpadjustError::FailInUse, 0x8000'1003},
        {machine::RmpadjustError::FailSizeMismatch, 0x8000'1006},
        {machine::RmpadjustError::Fault, 0x8000'0003}};
    for (const auto& [result, expected] : results) {
        renew(unvalidated_page);
        m.rmpadjust_result = [forced = result](Gpa) { return forced; };
        EXPECT_EQ(run({validate(unvalidated_page)}), expected);
        EXPECT_EQ(next(), 0);
    }
}

TEST_F(Pvalidate, a_refused_revoke_is_passed_on_and_the_page_stays_valid) {
    m.rmpadjust_result = [](Gpa) { return machine::RmpadjustError::FailPermission; };
    expect_refused(rescind(page_a), SvsmError::FailPermission);
    EXPECT_TRUE(is_valid(page_a));
}

TEST_F(Pvalidate, a_page_that_vanishes_before_it_is_zeroed_is_not_granted) {
    m.between = [&](Step step) {
        if (step == Step::GuestWrite && is_valid(unvalidated_page)) m.host_takes(unvalidated_page);
    };
    EXPECT_EQ(run({validate(unvalidated_page)}), code(SvsmError::InvalidAddress));
    EXPECT_EQ(next(), 0);
    EXPECT_FALSE(m.entry(unvalidated_page).assigned);
}

TEST_F(Pvalidate, a_2m_page_that_loses_a_piece_before_it_is_zeroed_is_an_invalid_address) {
    const Gpa piece = memory_end - page_bytes;
    m.between = [&](Step step) {
        if (step == Step::GuestWrite && is_valid(piece)) m.host_takes(piece);
    };
    EXPECT_EQ(run({validate(unvalidated_large_page, large)}), code(SvsmError::InvalidAddress));
    EXPECT_FALSE(anyone_may(Read, unvalidated_large_page));
}

// Memory behind the hole was not zeroed; if it counted as the guest's, a later call would grant it as it is.
TEST_F(Pvalidate, nothing_of_a_2m_page_that_loses_a_piece_is_the_guests) {
    const Gpa piece = unvalidated_large_page + 5 * page_bytes;
    m.fill({unvalidated_large_page, memory_end}, 0x5e);
    bool is_taken = false;
    m.between = [&](Step step) {
        if (step != Step::GuestWrite || !is_valid(piece) || is_taken) return;
        m.host_takes(piece);
        is_taken = true;
    };
    EXPECT_EQ(run({validate(unvalidated_large_page, large)}), code(SvsmError::InvalidAddress));
    EXPECT_TRUE(is_taken);
    for (Gpa page = unvalidated_large_page; page < memory_end; page = page + page_bytes) {
        EXPECT_EQ(state(page), PageState::Dirty) << std::hex << page.value();
        EXPECT_FALSE(anyone_may(Read, page));
    }
    write_vmsa(unvalidated_large_page);
    EXPECT_EQ(call(CoreCall::CreateVcpu,
                   {.rcx = unvalidated_large_page.value(), .rdx = page_b.value(), .r8 = apic_ids[2]})
                  .rax,
              code(SvsmError::InvalidAddress));
}

TEST_F(Pvalidate, what_is_left_of_such_a_2m_page_is_zeroed_and_granted_by_the_next_call) {
    const Gpa piece = unvalidated_large_page + 5 * page_bytes;
    m.faults = [&](Step step) {
        return step == Step::GuestWrite && m.window_target(machine::Window::Scratch2M);
    };
    EXPECT_EQ(run({validate(unvalidated_large_page, large)}), code(SvsmError::InvalidAddress));
    m.faults = nullptr;
    m.host_takes(piece);
    EXPECT_EQ(run({validate(unvalidated_large_page, large)}), code(SvsmError::FailSizeMismatch));
    EXPECT_EQ(run({validate(piece + page_bytes, ignoring)}), abi::svsm_success);
    EXPECT_TRUE(is_zero(piece + page_bytes));
    EXPECT_TRUE(owns_fully(Vmpl1, piece + page_bytes));
    expect_refused(validate(piece, ignoring), SvsmError::InvalidAddress);
}

// The hypervisor swaps the page between zeroing and granting: the new one is not valid, so it is not granted.
TEST_F(Pvalidate, a_page_that_is_swapped_before_it_is_granted_is_not_granted) {
    m.between = [&](Step step) {
        if (step != Step::Rmpadjust || !is_valid(unvalidated_page)) return;
        m.host_takes(unvalidated_page);
        m.host_gives(unvalidated_page);
        m.fill({unvalidated_page, unvalidated_page + page_bytes}, 0x5e);
    };
    EXPECT_EQ(run({validate(unvalidated_page)}), code(SvsmError::InvalidAddress));
    EXPECT_FALSE(anyone_may(Read, unvalidated_page));
}

TEST_F(Pvalidate, a_page_may_vanish_at_any_step) {
    for (const std::uint64_t entry : {validate(unvalidated_page), rescind(unvalidated_page)})
        for (unsigned doomed = 0; doomed < 24; ++doomed) {
            renew(unvalidated_page);
            if (entry == rescind(unvalidated_page)) ASSERT_EQ(run({validate(unvalidated_page)}), 0u);
            unsigned step = 0;
            m.between = [&](Step) {
                if (step++ == doomed) m.host_takes(unvalidated_page);
            };
            (void)run({entry});
            m.between = nullptr;
            EXPECT_EQ(pending(calling_area(0)), 0);
            EXPECT_FALSE(anyone_may(Read, unvalidated_page) && !is_valid(unvalidated_page));
        }
}

}  // namespace
}  // namespace svsm
