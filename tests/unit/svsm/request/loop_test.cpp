// SPDX-License-Identifier: MIT
// The life of a CPU: serve, run, serve... until the test ends it.
#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

struct EndOfTest {};

class Loop : public World {
protected:
    const Registers query{core_call(CoreCall::QueryProtocol), 1, 2, 3, 4};

    /// Runs the loop of `cpu` until a hook throws.
    void run(unsigned cpu) {
        const sim::Cpu bound{m, cpu};
        EXPECT_THROW(svsm_request_loop(guest, guest.vcpus[cpu]), EndOfTest);
    }
    void refuse_to_run() {
        m.host_reply = [](std::uint64_t, std::uint64_t) { return 0x0000'0001'0000'0017; };
        m.host_event_reply = [](abi::Ghcb& page) { refuse(page); };
    }
    /// As a host refuses an event.
    static void refuse(abi::Ghcb& page) {
        page.sw_exit_info_1 = static_cast<std::uint64_t>(abi::NaeResult::Malformed);
        page.sw_exit_info_2 = static_cast<std::uint64_t>(abi::NaeError::InvalidInput);
    }
};

TEST_F(Loop, lets_the_guest_run_first_and_serves_it_each_time_it_comes_back) {
    unsigned rounds = 0;
    m.on_run_vmpl = [&](unsigned vmpl) {
        EXPECT_EQ(vmpl, 1u);
        EXPECT_FALSE(is_stopped(vmsa(0)));
        if (rounds > 0) EXPECT_EQ(registers(0).rcx, 0x0000'0001'0000'0001u);
        if (++rounds == 4) throw EndOfTest{};
        request(0, query);
    };
    run(0);
    EXPECT_EQ(rounds, 4u);
}

TEST_F(Loop, an_ap_serves_the_call_that_woke_it_before_it_returns) {
    request(1, query);
    m.on_run_vmpl = [&](unsigned) {
        EXPECT_EQ(registers(1).rcx, 0x0000'0001'0000'0001u);
        throw EndOfTest{};
    };
    run(1);
}

TEST_F(Loop, a_vcpu_without_a_vmsa_waits_until_it_has_one) {
    unsigned wakes = 0;
    m.on_halt = [&] {
        if (++wakes == 3) {
            start_vcpu(2);
            request(2, query);
        }
    };
    m.on_run_vmpl = [&](unsigned) { throw EndOfTest{}; };
    run(2);
    EXPECT_EQ(wakes, 3u);
    EXPECT_EQ(registers(2).rcx, 0x0000'0001'0000'0001u);
}

TEST_F(Loop, a_vcpu_whose_vmsa_is_gone_is_not_looked_at) {
    const sim::Cpu bound{m, 2};
    ++guest.vcpus[2].generation;
    refresh(guest, guest.vcpus[2], views[2]);
    EXPECT_FALSE(views[2].slots[0].is_present());
    EXPECT_EQ(m.live_windows(), 0u);
}

TEST_F(Loop, a_host_that_refuses_the_first_run_ends_the_machine) {
    refuse_to_run();
    try {
        svsm_request_loop(guest, guest.vcpus[0]);
    } catch (const sim::Terminated& end) {
        EXPECT_EQ(end.reason, abi::adyton::Termination::GuestLaunch);
    }
}

TEST_F(Loop, a_host_that_refuses_later_may_deny_service) {
    unsigned runs = 0;
    m.on_run_vmpl = [&](unsigned) {
        m.poke(vmsa(0) + offsetof(abi::Vmsa, guest_exit_code), abi::ExitCode::Nmi);
        if (++runs == 2) refuse_to_run();
    };
    m.on_halt = [] { throw EndOfTest{}; };
    run(0);
    EXPECT_GE(runs, 2u);
}

TEST_F(Loop, a_host_that_refuses_an_ap_does_not_end_the_machine) {
    refuse_to_run();
    m.on_halt = [] { throw EndOfTest{}; };
    run(1);
}

TEST_F(Loop, a_vmsa_created_meanwhile_is_served_next) {
    unsigned rounds = 0;
    m.on_run_vmpl = [&](unsigned) {
        if (++rounds == 2) {
            EXPECT_EQ(m.peek<abi::Vmsa>(page_a).rcx, 0x0000'0001'0000'0001u);
            throw EndOfTest{};
        }
        // Another vCPU gives CPU 1 a new VMSA and calling area.
        write_vmsa(page_a);
        EXPECT_EQ(
            call(CoreCall::CreateVcpu, {.rcx = page_a.value(), .rdx = page_b.value(), .r8 = apic_ids[1]}).rax,
            0u);
        request(1, query);
    };
    run(1);
}

TEST_F(Loop, the_caller_goes_on_at_its_own_level) {
    unsigned rounds = 0;
    m.on_run_vmpl = [&](unsigned vmpl) {
        EXPECT_EQ(vmpl, 1u);
        if (++rounds == 2) throw EndOfTest{};
        // It replaces its own VMSA by one of a lower level; the answer still goes to the one that called.
        write_vmsa(page_a);
        m.poke(page_a + offsetof(abi::Vmsa, vmpl), std::uint8_t{2});
        request(0, {core_call(CoreCall::CreateVcpu), page_a.value(), page_b.value(), apic_ids[0]});
    };
    run(0);
    EXPECT_EQ(m.peek<abi::Vmsa>(vmsa(0)).rax, 0u);
    EXPECT_EQ(pending(calling_area(0)), 0);
}

// The reply lies where the host wrote it; it must not cost a guest that has called its vCPU.
TEST_F(Loop, a_call_is_served_although_the_run_before_it_counts_as_refused) {
    unsigned runs = 0;
    m.on_run_vmpl = [&](unsigned) { ++runs; };
    m.host_event_reply = [&](abi::Ghcb&) { request(0, query); };  // runs, and calls
    m.host_reply = [&](std::uint64_t, std::uint64_t) {
        if (runs >= 3) throw EndOfTest{};
        request(0, query);
        return std::uint64_t{0x0000'0001'0000'0017};
    };
    m.on_halt = [] { FAIL() << "the guest waits for its answer"; };
    run(0);
    EXPECT_EQ(registers(0).rcx, 0x0000'0001'0000'0001u);
    EXPECT_EQ(pending(calling_area(0)), 0);
}

TEST_F(Loop, a_first_run_that_counts_as_refused_does_not_end_the_machine_once_the_guest_has_called) {
    unsigned runs = 0;
    m.host_event_reply = [&](abi::Ghcb& page) {
        if (++runs == 2) throw EndOfTest{};
        request(0, query);
        refuse(page);
    };
    run(0);
    EXPECT_EQ(pending(calling_area(0)), 0);
}

// ---- a host that starts no vCPU by itself, and ends the VM at Run VMPL by MSR for an unknown level (docs/adr/0040)

class LoopOnPlanes : public Loop {
protected:
    LoopOnPlanes() {
        m.host_reply = [this](std::uint64_t, std::uint64_t reply) {
            if (!host_knows)
                ADD_FAILURE() << "the VM has ended: Run VMPL through the MSR for an unknown level";
            return reply;
        };
        m.host_event_reply = [this](abi::Ghcb& page) {
            ++asked;
            if (!host_knows) refuse(page);
        };
    }
    bool host_knows = false;  ///< AP creation has told the host of a VMSA
    unsigned asked = 0;
};

TEST_F(LoopOnPlanes, an_ap_waits_for_the_guest_to_start_it) {
    start_vcpu(2);
    unsigned halts = 0;
    m.on_halt = [&] { host_knows = ++halts == 2; };
    m.on_run_vmpl = [&](unsigned) {
        if (host_knows) throw EndOfTest{};
    };
    run(2);
    EXPECT_EQ(halts, 2u);
}

// AP creation comes between the refusal and HLT, and HLT would never end.
TEST_F(LoopOnPlanes, a_refusal_is_no_reason_to_sleep_at_once) {
    start_vcpu(2);
    m.on_pause = [&] { host_knows = true; };
    m.on_halt = [] { FAIL() << "no CPU is left to wake this one"; };
    m.on_run_vmpl = [&](unsigned) {
        if (host_knows) throw EndOfTest{};
    };
    run(2);
    EXPECT_EQ(asked, 1u);
}

TEST_F(LoopOnPlanes, an_interrupt_for_vmpl0_is_no_call_and_no_reason_to_use_the_msr) {
    host_knows = true;
    unsigned runs = 0;
    m.on_run_vmpl = [&](unsigned vmpl) {
        EXPECT_EQ(vmpl, 1u);
        if (++runs == 3) throw EndOfTest{};
        m.poke(vmsa(1) + offsetof(abi::Vmsa, guest_exit_code), abi::ExitCode::Nmi);
        // The guest's vCPU is stopped by AP creation DESTROY, and its CPU comes back here without a call.
        if (runs == 2) host_knows = false;
    };
    m.on_halt = [] { throw EndOfTest{}; };
    run(1);
    EXPECT_EQ(runs, 3u);
}

// Deleted and created again: what the host would run is no VMSA any more.
TEST_F(LoopOnPlanes, a_successor_is_not_run_before_the_guest_starts_it) {
    host_knows = true;
    write_vmsa(page_a);
    unsigned runs = 0, halts = 0;
    m.on_run_vmpl = [&](unsigned) {
        if (++runs == 2) throw EndOfTest{};
        EXPECT_EQ(result_of(CoreCall::DeleteVcpu, vmsa(1).value()), 0u);
        ASSERT_EQ(
            call(CoreCall::CreateVcpu, {.rcx = page_a.value(), .rdx = page_b.value(), .r8 = apic_ids[1]}).rax,
            0u);
    };
    m.on_halt = [&] {
        EXPECT_EQ(runs, 1u) << "it waits until AP creation wakes it";
        ++halts;
    };
    run(1);
    EXPECT_EQ(halts, 1u);
}

// ---- a host that applies AP creation at once, while the vCPU is in VMPL0

class LoopFrozen : public Loop {
protected:
    /// CPU 1's new VMSA, made by CPU 0, with the calling area that the old one has, or another.
    std::uint64_t replace(Gpa area) {
        write_vmsa(page_a);
        return call(CoreCall::CreateVcpu, {.rcx = page_a.value(), .rdx = area.value(), .r8 = apic_ids[1]})
            .rax;
    }
    /// It runs, and calls.
    void newcomer_calls(Gpa area) {
        m.poke(page_a + offsetof(abi::Vmsa, rax), query.rax);
        m.poke(page_a + offsetof(abi::Vmsa, rcx), query.rcx);
        m.poke(page_a + offsetof(abi::Vmsa, guest_exit_code), abi::ExitCode::Vmgexit);
        m.poke(area, std::uint8_t{1});
    }
};

TEST_F(LoopFrozen, a_newcomer_that_called_meanwhile_is_answered_before_it_runs) {
    bool is_done = false;
    m.between = [&](Step step) {
        // The last store of the old VMSA's call is done: SVME is set again.
        if (is_done || step != Step::CompareExchange || pending(calling_area(1)) != 0 ||
            registers(1).rcx != 0x0000'0001'0000'0001u)
            return;
        is_done = true;
        ASSERT_EQ(replace(page_b), 0u);
        newcomer_calls(page_b);
    };
    request(1, query);
    m.on_run_vmpl = [&](unsigned) { throw EndOfTest{}; };
    run(1);
    EXPECT_TRUE(is_done);
    EXPECT_EQ(registers_in(page_a).rcx, 0x0000'0001'0000'0001u);
    EXPECT_EQ(pending(page_b), 0);
}

// The CPU would clear the new VMSA's pending byte when it ends the old call.
TEST_F(LoopFrozen, nobody_gets_the_calling_area_of_a_vcpu_that_is_in_a_call) {
    std::optional<std::uint64_t> result;
    m.before_guest_read = [&](Gpa at) {
        if (result || at.page() != vmsa(1) || guest.vcpus[1].in_service != Vmpl1) return;
        result = replace(calling_area(1));
    };
    request(1, query);
    serve(1);
    EXPECT_EQ(result, code(SvsmError::Busy));
    EXPECT_EQ(registers(1).rcx, 0x0000'0001'0000'0001u);
    m.before_guest_read = nullptr;
    EXPECT_EQ(replace(calling_area(1)), 0u) << "and when the call is over it does";
}

// It replaces itself and keeps its calling area: the host may run the successor before the answer is written.
TEST_F(LoopFrozen, the_successors_first_call_is_not_wiped_out_by_the_answer_to_its_creator) {
    write_vmsa(page_a);
    request(0, {core_call(CoreCall::CreateVcpu), page_a.value(), calling_area(0).value(), apic_ids[0]});
    bool is_started = false;
    m.between = [&](Step step) {
        if (is_started || step != Step::GuestWrite || slot(0).vmsa != page_a) return;
        is_started = true;
        newcomer_calls(calling_area(0));
    };
    serve(0);
    EXPECT_TRUE(is_started);
    EXPECT_EQ(registers_in(vmsa(0)).rax, 0u);
    EXPECT_EQ(registers_in(page_a).rcx, 0x0000'0001'0000'0001u) << "the successor's call is unanswered";
}

class LoopWithTwoLevels : public Loop {
protected:
    static constexpr Gpa lower_area = page_b;

    /// CPU 0 has VMPL2 as well, which has called once: it is the level that ran last.
    LoopWithTwoLevels() {
        write_vmsa(page_a);
        m.poke(page_a + offsetof(abi::Vmsa, vmpl), std::uint8_t{2});
        request(0, {core_call(CoreCall::CreateVcpu), page_a.value(), lower_area.value(), apic_ids[0]});
        EXPECT_EQ(serve(0), Vmpl1);
        EXPECT_EQ(registers(0).rax, 0u);
        request_of(Vmpl2);
        EXPECT_EQ(serve(0), Vmpl2);
        EXPECT_EQ(pending(lower_area), 0);
    }
    void request_of(Vmpl level) {
        levels[0] = level;
        request(0, query);
        levels[0] = Vmpl1;
    }
};

// VMPL2 sets its pending byte and switches to VMPL1 by itself; then VMPL1 calls.
TEST_F(LoopWithTwoLevels, a_lower_level_does_not_take_the_place_of_a_higher_one_that_called) {
    request_of(Vmpl2);
    request_of(Vmpl1);
    EXPECT_EQ(serve(0), Vmpl1) << "VMPL1 called and does not go on";
    EXPECT_EQ(pending(calling_area(0)), 0) << "VMPL1's call was not served";
    EXPECT_EQ(pending(lower_area), 1);
}

TEST_F(LoopWithTwoLevels, a_lower_level_is_served_when_no_higher_one_has_called) {
    request_of(Vmpl2);
    EXPECT_EQ(serve(0), Vmpl2);
    EXPECT_EQ(pending(lower_area), 0);
}

TEST_F(LoopWithTwoLevels, the_level_that_ran_last_goes_on_when_nobody_called) {
    EXPECT_EQ(serve(0), Vmpl2);
    request_of(Vmpl1);
    EXPECT_EQ(serve(0), Vmpl1);
    EXPECT_EQ(serve(0), Vmpl1);
}

// Another vCPU replaces VMPL1 of this one, and the new VMSA has called before its CPU checks.
TEST_F(LoopWithTwoLevels, a_higher_level_with_a_new_vmsa_still_comes_first) {
    write_vmsa(page_c);
    ASSERT_EQ(call(CoreCall::CreateVcpu,
                   {.rcx = page_c.value(), .rdx = calling_area(0).value(), .r8 = apic_ids[0]}, 1)
                  .rax,
              0u);
    request_of(Vmpl2);
    request_of(Vmpl1);
    EXPECT_EQ(serve(0), Vmpl1);
    EXPECT_EQ(registers_in(page_c).rcx, 0x0000'0001'0000'0001u);
    EXPECT_EQ(pending(lower_area), 1);
}

}  // namespace
}  // namespace svsm
