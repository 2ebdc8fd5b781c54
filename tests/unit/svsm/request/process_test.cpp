// SPDX-License-Identifier: MIT
// One pass over a calling area: when a call is served, what the guest finds afterwards, and in which order.
#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

class Process : public World {
protected:
    const Registers query{core_call(CoreCall::QueryProtocol), 1, 0x22, 0x33, 0x44};
    const Registers answered{0, 0x0000'0001'0000'0001, 0x22, 0x33, 0x44};
    [[nodiscard]] abi::Vmsa image(unsigned cpu = 0) const { return m.peek<abi::Vmsa>(vmsa(cpu)); }
    static bool same(const abi::Vmsa& a, const abi::Vmsa& b) { return std::memcmp(&a, &b, sizeof a) == 0; }
};

TEST_F(Process, serves_a_pending_call) {
    EXPECT_EQ(call(0, query), answered);
    EXPECT_EQ(pending(calling_area(0)), 0);
    EXPECT_FALSE(is_stopped(vmsa(0)));
}

TEST_F(Process, without_a_pending_call_nothing_changes) {
    request(0, query, 0);
    const auto before = image();
    serve(0);
    EXPECT_TRUE(same(image(), before));
    EXPECT_EQ(pending(calling_area(0)), 0);
}

TEST_F(Process, after_any_other_exit_nothing_is_served) {
    for (const auto exit : {abi::ExitCode::Hlt, abi::ExitCode::Interrupt, abi::ExitCode::NestedPageFault,
                            abi::ExitCode::Vmmcall, abi::ExitCode{0}, abi::ExitCode::Invalid}) {
        request(0, query, 1, exit);
        const auto before = image();
        serve(0);
        EXPECT_TRUE(same(image(), before));
        EXPECT_EQ(pending(calling_area(0)), 1);
    }
}

TEST_F(Process, a_reserved_pending_value_is_an_invalid_format) {
    for (const std::uint8_t value : Octets{2, 3, 0x80, 0xff}) {
        request(0, query, value);
        serve(0);
        Registers expected = query;
        expected.rax = code(SvsmError::InvalidFormat);
        EXPECT_EQ(registers(0), expected);
        EXPECT_EQ(pending(calling_area(0)), 0);
    }
}

TEST_F(Process, the_result_is_zero_extended) {
    Registers in = query;
    in.rax = 0xffff'ffff'0000'0006;
    EXPECT_EQ(call(0, in).rax, 0x0000'0000'8000'0001u);
}

TEST_F(Process, changes_nothing_in_the_vmsa_but_the_answer) {
    request(0, query);
    auto expected = image();
    serve(0);
    expected.rax = answered.rax;
    expected.rcx = answered.rcx;
    EXPECT_TRUE(same(image(), expected));
}

TEST_F(Process, changes_nothing_in_the_calling_area_but_pending) {
    m.fill({calling_area(0), calling_area(0) + page_bytes}, 0x77);
    EXPECT_EQ(call(0, query).rax, 0u);
    EXPECT_EQ(pending(calling_area(0)), 0);
    EXPECT_TRUE(m.is_filled_with({calling_area(0) + 1, calling_area(0) + page_bytes}, 0x77));
}

TEST_F(Process, the_vmsa_is_stopped_from_the_first_look_to_the_last_store) {
    request(0, query);
    std::vector<Step> steps_while_running;
    m.between = [&](Step step) {
        if (!is_stopped(vmsa(0))) steps_while_running.push_back(step);
    };
    serve(0);
    // Mapping the windows, reading EFER, and then the exchange that stops it; nothing after that until
    // it runs again.
    EXPECT_EQ(steps_while_running,
              (std::vector{Step::MapWindow, Step::MapWindow, Step::GuestRead, Step::CompareExchange}));
}

TEST_F(Process, svme_is_set_last_after_results_and_pending) {
    request(0, query);
    unsigned exchanges = 0;
    m.between = [&](Step step) {
        if (step != Step::CompareExchange || ++exchanges != 2) return;
        EXPECT_EQ(registers(0), answered);
        EXPECT_EQ(pending(calling_area(0)), 0);
        EXPECT_TRUE(is_stopped(vmsa(0)));
    };
    serve(0);
    EXPECT_EQ(exchanges, 2u);
    EXPECT_FALSE(is_stopped(vmsa(0)));
}

TEST_F(Process, pending_falls_only_after_the_results_are_there) {
    request(0, query);
    m.between = [&](Step) {
        if (pending(calling_area(0)) == 0) EXPECT_EQ(registers(0), answered);
    };
    serve(0);
}

TEST_F(Process, pending_is_read_once) {
    request(0, query);
    unsigned reads = 0;
    m.before_guest_read = [&](Gpa at) {
        if (at != calling_area(0)) return;
        // Whatever the byte was before, the pass uses the value that it reads now.
        m.poke(at, static_cast<std::uint8_t>(reads++ == 0 ? 0 : 1));
    };
    serve(0);
    EXPECT_EQ(reads, 1u);
    EXPECT_EQ(registers(0), query);
}

TEST_F(Process, other_bits_of_efer_survive) {
    const std::uint64_t efer =
        abi::Efer::svme | abi::Efer::lme | abi::Efer::lma | abi::Efer::nxe | abi::Efer::sce;
    m.poke(vmsa(0) + offsetof(abi::Vmsa, efer), efer);
    EXPECT_EQ(call(0, query), answered);
    EXPECT_EQ(image().efer, efer);
}

TEST_F(Process, a_vmsa_that_cannot_be_stopped_is_not_touched) {
    request(0, query);
    const auto before = image();
    // The guest writes EFER between our load and the exchange, every time.
    std::uint64_t changes = 0;
    m.between = [&](Step step) {
        if (step == Step::CompareExchange)
            m.poke(vmsa(0) + offsetof(abi::Vmsa, efer), before.efer | ++changes << 32);
    };
    serve(0);
    EXPECT_EQ(registers(0), query);
    EXPECT_EQ(pending(calling_area(0)), 1);
    EXPECT_EQ(changes, 1u) << "the guard that never held the VMSA must not set SVME";
}

TEST_F(Process, a_vmsa_that_runs_elsewhere_is_not_touched) {
    request(0, query);
    m.set_in_use(vmsa(0), true);
    serve(0);
    EXPECT_EQ(registers(0), query);
    EXPECT_EQ(pending(calling_area(0)), 1);
    m.set_in_use(vmsa(0), false);
}

TEST_F(Process, a_calling_area_that_vanished_is_no_call) {
    request(0, query);
    m.host_takes(calling_area(0));
    serve(0);
    EXPECT_EQ(registers(0), query);
    EXPECT_FALSE(is_stopped(vmsa(0)));
}

TEST_F(Process, a_calling_area_that_vanishes_during_the_call_ends_it_quietly) {
    request(0, query);
    m.between = [&](Step step) {
        if (step == Step::GuestWrite && m.entry(calling_area(0)).assigned) m.host_takes(calling_area(0));
    };
    serve(0);
    EXPECT_EQ(registers(0), answered);
    EXPECT_FALSE(is_stopped(vmsa(0)));
}

TEST_F(Process, a_vmsa_that_vanished_ends_the_pass_quietly) {
    request(0, query);
    m.host_takes(vmsa(0));
    serve(0);
    EXPECT_EQ(pending(calling_area(0)), 1);
}

/// A page may vanish before any single step; the pass always ends.
TEST_F(Process, a_page_that_vanishes_at_any_step_is_survived) {
    for (const bool take_vmsa : {true, false})
        for (unsigned doomed = 0; doomed < 16; ++doomed) {
            const Gpa page = take_vmsa ? vmsa(1) : calling_area(1);
            m.launch_vmsa(vmsa(1), Vmpl1);
            m.launch_for_guest({calling_area(1), calling_area(1) + page_bytes}, Vmpl1);
            write_vmsa(vmsa(1));
            request(1, query);
            unsigned step = 0;
            m.between = [&](Step) {
                if (step++ == doomed) m.host_takes(page);
            };
            serve(1);
            m.between = nullptr;
        }
}

TEST_F(Process, serves_the_vcpu_of_its_own_cpu_only) {
    request(0, query);
    request(1, query);
    serve(1);
    EXPECT_EQ(registers(1), answered);
    EXPECT_EQ(registers(0), query);
    EXPECT_EQ(pending(calling_area(0)), 1);
    serve(0);
    EXPECT_EQ(registers(0), answered);
}

TEST_F(Process, needs_only_windows_that_are_mapped_already) {
    (void)call(0, query);
    request(0, query);
    m.between = [](Step step) {
        EXPECT_NE(step, Step::MapWindow);
        EXPECT_NE(step, Step::UnmapWindow);
        EXPECT_NE(step, Step::Flush);
    };
    serve(0);
    EXPECT_EQ(registers(0), answered);
}

}  // namespace
}  // namespace svsm
