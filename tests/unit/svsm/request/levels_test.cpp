// SPDX-License-Identifier: MIT
// Several guest levels on one vCPU: which call is served, and which level runs next.
#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {
namespace {

/// CPU 1 runs VMPL1 and VMPL3.
class Levels : public PvalidateWorld {
protected:
    Levels() {
        m.launch_vmsa(lower_vmsa, Vmpl1);
        write_vmsa(lower_vmsa);
        guest.pages.change<PageState::Guests, PageState::Dirty>(lower_vmsa);
        guest.set_vcpu(guest.vcpus[1], Vmpl3, lower_vmsa, lower_area);
    }
    Registers query_from(Vmpl level) {
        levels[1] = level;
        request(1, {core_call(CoreCall::QueryProtocol), 1});
        next = serve(1);
        return registers(1);
    }
    static constexpr Gpa lower_vmsa = page_a, lower_area = page_b;
    const Registers answered{0, 0x0000'0001'0000'0001};
    std::optional<Vmpl> next;
};

TEST_F(Levels, each_calls_through_its_own_pages_and_runs_on_at_its_own_level) {
    for (const Vmpl level : {Vmpl1, Vmpl3, Vmpl3, Vmpl1}) {
        EXPECT_EQ(query_from(level), answered);
        EXPECT_EQ(next, level);
        EXPECT_EQ(pending(slot(1).calling_area), 0);
    }
}

TEST_F(Levels, a_spurious_wake_lets_the_last_level_run_on) {
    EXPECT_EQ(query_from(Vmpl3), answered);
    EXPECT_EQ(serve(1), Vmpl3);
    EXPECT_EQ(query_from(Vmpl1), answered);
    EXPECT_EQ(serve(1), Vmpl1);
}

TEST_F(Levels, a_level_that_did_not_leave_by_vmgexit_is_not_served) {
    levels[1] = Vmpl3;
    request(1, {core_call(CoreCall::QueryProtocol), 1}, 1, abi::ExitCode::Interrupt);
    EXPECT_EQ(query_from(Vmpl1), answered);
    EXPECT_EQ(pending(lower_area), 1);
}

TEST_F(Levels, one_call_is_served_at_a_time) {
    EXPECT_EQ(query_from(Vmpl1), answered);
    levels[1] = Vmpl3;
    request(1, {core_call(CoreCall::QueryProtocol), 1});
    levels[1] = Vmpl1;
    request(1, {core_call(CoreCall::QueryProtocol), 1});
    EXPECT_EQ(serve(1), Vmpl1) << "the more privileged level";
    EXPECT_EQ(pending(lower_area), 1);
    EXPECT_EQ(serve(1), Vmpl3);
    EXPECT_EQ(pending(lower_area), 0);
}

TEST_F(Levels, remap_ca_moves_the_area_of_the_callers_level_only) {
    levels[1] = Vmpl3;
    EXPECT_EQ(call(1, {core_call(CoreCall::RemapCa), page_c.value()}).rax, abi::svsm_success);
    EXPECT_EQ(guest.vcpus[1].slot(Vmpl3).calling_area, page_c);
    EXPECT_EQ(guest.vcpus[1].slot(Vmpl1).calling_area, calling_area(1));
    EXPECT_FALSE(is_private(lower_area));
    EXPECT_EQ(query_from(Vmpl3), answered);
    EXPECT_EQ(query_from(Vmpl1), answered);
}

TEST_F(Levels, another_levels_area_cannot_be_taken) {
    levels[1] = Vmpl3;
    EXPECT_EQ(call(1, {core_call(CoreCall::RemapCa), calling_area(1).value()}).rax,
              code(SvsmError::InvalidAddress));
    EXPECT_EQ(call(1, {core_call(CoreCall::RemapCa), lower_area.value()}).rax, abi::svsm_success);
}

TEST_F(Levels, each_validates_for_itself_and_those_above) {
    levels[1] = Vmpl3;
    write_list(list_page, {1, 0, 0}, {validate(unvalidated_page)});
    EXPECT_EQ(call(1, {core_call(CoreCall::Pvalidate), list_page.value()}).rax, abi::svsm_success);
    for (const Vmpl level : {Vmpl1, Vmpl2, Vmpl3}) EXPECT_TRUE(owns_fully(level, unvalidated_page));
}

TEST_F(Levels, a_new_level_leaves_the_old_one_alone) {
    const Gpa third_vmsa = page_c + page_bytes, third_area = page_c;
    write_vmsa(third_vmsa);
    m.poke(third_vmsa + offsetof(abi::Vmsa, vmpl), Vmpl2);
    EXPECT_EQ(
        call(CoreCall::CreateVcpu, {.rcx = third_vmsa.value(), .rdx = third_area.value(), .r8 = apic_ids[1]})
            .rax,
        abi::svsm_success);
    for (const Vmpl level : {Vmpl1, Vmpl2, Vmpl3}) EXPECT_EQ(query_from(level), answered);
}

// ---- what a call costs in the steady state

TEST_F(Levels, a_steady_state_call_writes_no_page_table_and_flushes_nothing) {
    for (const Vmpl level : {Vmpl1, Vmpl3}) EXPECT_EQ(query_from(level), answered);
    const auto changes = m.window_changes(), flushes = m.flushes();
    for (const Vmpl level : {Vmpl1, Vmpl3, Vmpl1, Vmpl1}) EXPECT_EQ(query_from(level), answered);
    EXPECT_EQ(m.window_changes(), changes);
    EXPECT_EQ(m.flushes(), flushes);
}

TEST_F(Levels, a_steady_state_call_waits_for_no_lock) {
    EXPECT_EQ(query_from(Vmpl1), answered);
    m.on_pause = [] { throw sim::Misuse{"waits"}; };
    const ExclusiveGuard somebody_else{guest.lock};
    EXPECT_EQ(query_from(Vmpl1), answered);
}

TEST_F(Levels, a_list_needs_one_window_for_itself_and_one_for_each_entry) {
    EXPECT_EQ(query_from(Vmpl1), answered);
    const auto before = m.window_changes();
    write_list(list_page, {3, 0, 0}, {rescind(page_c), validate(page_c), validate(unvalidated_page)});
    EXPECT_EQ(call(1, {core_call(CoreCall::Pvalidate), list_page.value()}).rax, abi::svsm_success);
    EXPECT_EQ(m.window_changes() - before, 2u * (2 + 3)) << "opened and closed: list twice, entries once";
    EXPECT_EQ(m.flushes(), 1u) << "one rescind, one flush";
}

}  // namespace
}  // namespace svsm
