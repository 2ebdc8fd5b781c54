// SPDX-License-Identifier: MIT
// The simulated machine itself: the tests on it depend on its correctness.
#include "machine/sim/machine.hpp"

#include <gtest/gtest.h>

#include "abi/snp/ghcb_msr.hpp"

namespace sim {
namespace {

using abi::Permission, abi::RmpAttributes, abi::Validity;
using machine::Window;
using enum Vmpl;
using enum AccessKind;

constexpr Gpa page{0x5000}, neighbour{0x6000}, host_page{0x9000}, large{0x20'0000};

constexpr std::uint64_t rights(Vmpl target, std::uint8_t permissions, bool vmsa = false) {
    return RmpAttributes::TargetVmpl::put(static_cast<std::uint64_t>(target)) |
           RmpAttributes::Permissions::put(permissions) | RmpAttributes::IsVmsa::put(vmsa ? 1 : 0);
}

class Sim : public testing::Test {
protected:
    Sim() { m.launch({page, neighbour + page_bytes}); }
    /// Maps `at` instead of the previous page.
    Va map(Gpa at) {
        if (m.window_target(Window::Scratch4K)) machine::unmap_window(Window::Scratch4K);
        return machine::map_window(Window::Scratch4K, at);
    }
    Machine m{4 * large_page_bytes};
};

TEST_F(Sim, copies_through_a_window) {
    m.poke(page + 8, std::uint64_t{0x1122'3344'5566'7788});
    const Va at = map(page);
    EXPECT_EQ(machine::load_u64(at + 8), 0x1122'3344'5566'7788u);
    EXPECT_EQ(machine::load_u8(at + 8), 0x88);
    EXPECT_TRUE(machine::store_u64(at, 5).has_value());
    EXPECT_EQ(m.peek<std::uint64_t>(page), 5u);
    EXPECT_TRUE(machine::zero(at, page_bytes).has_value());
    EXPECT_TRUE(m.is_filled_with({page, neighbour}, 0));
}

TEST_F(Sim, faults_on_pages_of_the_host_and_on_unvalidated_pages) {
    EXPECT_FALSE(machine::load_u8(map(host_page)).has_value());
    EXPECT_FALSE(machine::store_u8(map(host_page), 1).has_value());
    m.host_takes(page);
    m.host_gives(page);
    EXPECT_FALSE(machine::load_u8(map(page)).has_value());
    EXPECT_FALSE(machine::zero(map(page), 8).has_value());
    EXPECT_FALSE(machine::compare_exchange_u64(map(page), 0, 0).has_value());
    EXPECT_FALSE(machine::load_u8(map(Gpa{1} + (1ull << 40) - 1)).has_value()) << "beyond the end of memory";
}

TEST_F(Sim, compare_exchange_stores_only_over_what_was_expected) {
    const Va at = map(page);
    EXPECT_EQ(machine::compare_exchange_u64(at, 0, 7), true);
    EXPECT_EQ(machine::compare_exchange_u64(at, 0, 9), false);
    EXPECT_EQ(m.peek<std::uint64_t>(page), 7u);
    EXPECT_THROW((void)machine::compare_exchange_u64(at + 4, 0, 1), Misuse);
}

TEST_F(Sim, catches_addresses_that_are_no_window_or_leave_it) {
    const Va at = map(page);
    EXPECT_THROW((void)machine::load_u8(Va{page.value()}), Misuse);
    EXPECT_THROW((void)machine::load_u8(at + page_bytes), Misuse);
    EXPECT_THROW((void)machine::load_u64(at + page_bytes - 4), Misuse);
    EXPECT_THROW((void)machine::pvalidate(at, PageSize::Size2M, Validity::Rescind), Misuse);
}

TEST_F(Sim, catches_addresses_that_outlived_their_window) {
    const Va old = map(page);
    const Va now = map(neighbour);
    EXPECT_THROW((void)machine::load_u8(old), Misuse);
    EXPECT_TRUE(machine::load_u8(now).has_value());
    machine::unmap_window(Window::Scratch4K);
    EXPECT_THROW((void)machine::load_u8(now), Misuse);
}

TEST_F(Sim, catches_windows_of_another_cpu) {
    const Va at = map(page);
    const Cpu other{m, 1};
    EXPECT_THROW((void)machine::load_u8(at), Misuse);
}

TEST_F(Sim, catches_windows_on_misaligned_or_encrypted_addresses) {
    EXPECT_THROW(map(page + 8), Misuse);
    EXPECT_THROW(map(Gpa{1ull << Machine::c_bit}), Misuse);
    EXPECT_THROW((void)machine::map_window(Window::Scratch2M, page), Misuse);
}

TEST_F(Sim, knows_which_windows_are_mapped) {
    EXPECT_EQ(m.live_windows(), 0u);
    map(page);
    {
        const Cpu other{m, 1};
        (void)machine::map_window(Window::Vmsa2, neighbour);
        EXPECT_EQ(m.window_target(Window::Vmsa2), neighbour);
    }
    EXPECT_EQ(m.live_windows(), 2u);
    machine::unmap_window(Window::Scratch4K);
    EXPECT_EQ(m.live_windows(), 1u);
}

TEST_F(Sim, catches_two_users_of_one_window_and_counts_changes) {
    map(page);
    EXPECT_TRUE(m.has_open_look());
    EXPECT_THROW((void)machine::map_window(Window::Scratch4K, neighbour), Misuse);
    machine::unmap_window(Window::Scratch4K);
    EXPECT_THROW(machine::unmap_window(Window::Scratch4K), Misuse);
    EXPECT_EQ(m.window_changes(), 2u);
    EXPECT_FALSE(m.has_open_look());
}

TEST_F(Sim, pvalidate_reports_what_the_model_says) {
    EXPECT_EQ(machine::pvalidate(map(page), PageSize::Size4K, Validity::Validate).error(),
              machine::PvalidateError::Unchanged);
    EXPECT_TRUE(machine::pvalidate(map(page), PageSize::Size4K, Validity::Rescind).has_value());
    EXPECT_EQ(machine::pvalidate(map(host_page), PageSize::Size4K, Validity::Validate).error(),
              machine::PvalidateError::Fault);
    const Va at = machine::map_window(Window::Scratch2M, Gpa{0});
    m.host_gives(Gpa{0});
    EXPECT_EQ(machine::pvalidate(at, PageSize::Size2M, Validity::Validate).error(),
              machine::PvalidateError::FailSizeMismatch);
}

TEST_F(Sim, the_host_splits_a_large_page_for_a_4k_instruction) {
    m.assign_large(large);
    EXPECT_TRUE(machine::pvalidate(map(large), PageSize::Size4K, Validity::Validate).has_value());
    EXPECT_FALSE(m.entry(large).large);
    EXPECT_FALSE(m.entry(large + page_bytes).validated);
}

TEST_F(Sim, rmpadjust_changes_what_the_guest_may_do) {
    EXPECT_FALSE(m.guest_may(Vmpl1, Read, page));
    EXPECT_TRUE(machine::rmpadjust(map(page), PageSize::Size4K, rights(Vmpl1, Permission::read)).has_value());
    EXPECT_TRUE(m.guest_may(Vmpl1, Read, page));
    EXPECT_FALSE(m.guest_store(Vmpl1, page, std::uint8_t{1}));
    EXPECT_EQ(machine::rmpadjust(map(page), PageSize::Size4K, rights(Vmpl0, 0)).error(),
              machine::RmpadjustError::FailPermission);
    EXPECT_EQ(machine::rmpadjust(map(host_page), PageSize::Size4K, rights(Vmpl1, 0)).error(),
              machine::RmpadjustError::Fault);
}

TEST_F(Sim, revoked_rights_linger_until_the_flush) {
    m.launch_for_guest({page, neighbour}, Vmpl1);
    EXPECT_TRUE(machine::rmpadjust(map(page), PageSize::Size4K, rights(Vmpl1, Permission::none)).has_value());
    EXPECT_FALSE(m.rmp_allows(Vmpl1, Write, page));
    EXPECT_TRUE(m.guest_store(Vmpl1, page, std::uint8_t{0x66}));
    EXPECT_EQ(m.stale_pages(), 1u);
    machine::flush_guests();
    EXPECT_FALSE(m.guest_store(Vmpl1, page, std::uint8_t{0x77}));
    EXPECT_EQ(m.stale_pages(), 0u);
    EXPECT_EQ(m.flushes(), 1u);
}

TEST_F(Sim, a_rescinded_page_lingers_too) {
    m.launch_for_guest({page, neighbour}, Vmpl2);
    EXPECT_TRUE(machine::pvalidate(map(page), PageSize::Size4K, Validity::Rescind).has_value());
    EXPECT_EQ(m.stale_pages(), 1u);
    EXPECT_TRUE(m.guest_load<std::uint8_t>(Vmpl2, page).has_value());
}

TEST_F(Sim, granting_leaves_nothing_stale) {
    EXPECT_TRUE(machine::rmpadjust(map(page), PageSize::Size4K, rights(Vmpl1, Permission::all)).has_value());
    EXPECT_EQ(m.stale_pages(), 0u);
}

TEST_F(Sim, adversaries_run_before_every_step_but_not_inside_themselves) {
    std::vector<Step> steps;
    m.between = [&](Step step) {
        steps.push_back(step);
        (void)machine::map_window(Window::Scratch2M, Gpa{0});
        machine::unmap_window(Window::Scratch2M);
    };
    (void)machine::load_u8(map(page));
    machine::flush_guests();
    EXPECT_EQ(steps, (std::vector{Step::MapWindow, Step::GuestRead, Step::Flush}));
}

TEST_F(Sim, an_adversary_changes_memory_right_before_it_is_read) {
    m.before_guest_read = [&](Gpa at) { m.poke(at, std::uint8_t{0x42}); };
    EXPECT_EQ(machine::load_u8(map(page)), 0x42);
}

TEST_F(Sim, a_page_may_vanish_between_two_steps) {
    const Va at = map(page);
    m.between = [&](Step step) {
        if (step == Step::GuestWrite && m.entry(page).assigned) m.host_takes(page);
    };
    EXPECT_TRUE(machine::load_u8(at).has_value());
    EXPECT_FALSE(machine::store_u8(at, 1).has_value());
}

TEST_F(Sim, an_instruction_may_be_made_to_fail) {
    m.pvalidate_result = [](Gpa) { return machine::PvalidateError::Unknown; };
    m.rmpadjust_result = [](Gpa) { return machine::RmpadjustError::FailInUse; };
    EXPECT_EQ(machine::pvalidate(map(page), PageSize::Size4K, Validity::Rescind).error(),
              machine::PvalidateError::Unknown);
    EXPECT_EQ(machine::rmpadjust(map(page), PageSize::Size4K, rights(Vmpl1, 0)).error(),
              machine::RmpadjustError::FailInUse);
}

TEST_F(Sim, the_host_answers_honestly) {
    using abi::GhcbMsr;
    EXPECT_EQ(GhcbMsr::MaxVersion::get(machine::ghcb_msr_exchange(0x002)), 2u);
    EXPECT_EQ(GhcbMsr::Features::get(machine::ghcb_msr_exchange(0x080)), 0x27u);
    EXPECT_EQ(machine::ghcb_msr_exchange(0x7012), 0x7013u);
    EXPECT_EQ(machine::ghcb_msr_exchange(0x0010'0000'0000'0014 | host_page.value()), 0x015u);
    EXPECT_TRUE(m.entry(host_page).assigned);
    EXPECT_EQ(machine::ghcb_msr_exchange(0x0020'0000'0000'0014 | host_page.value()), 0x015u);
    EXPECT_FALSE(m.entry(host_page).assigned);
    EXPECT_NE(machine::ghcb_msr_exchange(0x0030'0000'0000'0014 | host_page.value()), 0x015u);
}

TEST_F(Sim, the_host_may_lie) {
    m.host_reply = [](std::uint64_t request, std::uint64_t honest) {
        return request == 0x080 ? 0x9999 : honest;
    };
    EXPECT_EQ(machine::ghcb_msr_exchange(0x080), 0x9999u);
    EXPECT_EQ(machine::ghcb_msr_exchange(0x7012), 0x7013u);
}

TEST_F(Sim, run_vmpl_lets_the_guest_run) {
    unsigned ran = 0;
    m.on_run_vmpl = [&](unsigned vmpl) { ran = vmpl; };
    EXPECT_EQ(machine::ghcb_msr_exchange(0x0000'0001'0000'0016), 0x017u);
    EXPECT_EQ(ran, 1u);
}

class SimEvent : public Sim {
protected:
    /// Asks through the GHCB page; the result is SW_EXITINFO1.
    static std::uint64_t ask(abi::NaeEvent event, std::uint64_t info_1 = 0, std::uint64_t info_2 = 0) {
        auto& ghcb = machine::ghcb();
        ghcb.protocol_version = 2;
        ghcb.sw_exit_code = static_cast<std::uint64_t>(event);
        ghcb.sw_exit_info_1 = info_1;
        ghcb.sw_exit_info_2 = info_2;
        ghcb.sw_scratch = machine::ghcb_gpa().value() + abi::ghcb_shared_buffer_offset;
        ghcb.valid_bitmap[0] = ~0ull;
        ghcb.valid_bitmap[1] = ~0ull;
        machine::vmgexit();
        return ghcb.sw_exit_info_1;
    }
    static void fill_list(const abi::PscBuffer& list) {
        std::memcpy(machine::ghcb().shared_buffer, &list, sizeof list);
    }
    static std::uint64_t entry(Gpa at, std::uint64_t operation, bool is_2m) {
        return at.value() | abi::PscEntry::Operation::put(operation) |
               abi::PscEntry::Is2M::put(is_2m ? 1 : 0);
    }
};

TEST_F(SimEvent, page_state_changes_may_take_several_exits) {
    m.psc_entries_per_exit = 1;
    fill_list({{0, 1, 0}, {entry(host_page, 1, false), entry(large, 1, true)}});
    EXPECT_EQ(ask(abi::NaeEvent::PageStateChange), 0u);
    EXPECT_TRUE(m.entry(host_page).assigned);
    EXPECT_FALSE(m.entry(large).assigned);
    EXPECT_EQ(ask(abi::NaeEvent::PageStateChange), 0u);
    EXPECT_TRUE(m.entry(large).large);
}

TEST_F(SimEvent, events_without_their_inputs_are_refused) {
    auto& ghcb = machine::ghcb();
    machine::vmgexit();
    EXPECT_EQ(ghcb.sw_exit_info_1, 2u);
    EXPECT_EQ(ask(abi::NaeEvent::GuestRequest), 2u);
    EXPECT_EQ(ghcb.sw_exit_info_2, static_cast<std::uint64_t>(abi::NaeError::InvalidEvent));
}

TEST_F(SimEvent, a_guest_request_is_the_tests_affair) {
    std::optional<GpaRange> room;
    m.on_guest_request = [&](const Machine::GuestRequest& asked) {
        EXPECT_EQ(asked.message, Gpa{0x5000});
        EXPECT_EQ(asked.answer, Gpa{0x6000});
        room = asked.certificates;
        return Machine::GuestRequestReply{.info_2 = 0x1'0000'0016, .rbx = 5};
    };
    EXPECT_EQ(ask(abi::NaeEvent::GuestRequest, 0x5000, 0x6000), 0u);
    EXPECT_EQ(machine::ghcb().sw_exit_info_2, 0x1'0000'0016u);
    EXPECT_EQ(machine::ghcb().rbx, 5u);
    EXPECT_FALSE(room);
    EXPECT_EQ(ask(abi::NaeEvent::GuestRequest, 0x5000, 0x5000), 2u) << "one page for both";
    machine::ghcb().rax = 0x7000;
    machine::ghcb().rbx = 2;
    EXPECT_EQ(ask(abi::NaeEvent::ExtendedGuestRequest, 0x5000, 0x6000), 0u);
    EXPECT_EQ(room, (GpaRange{Gpa{0x7000}, Gpa{0x9000}}));
}

TEST_F(SimEvent, ap_creations_are_remembered) {
    machine::ghcb().rax = 1;
    EXPECT_EQ(ask(abi::NaeEvent::ApCreation, 1, 0x5000), 0u);
    ASSERT_EQ(m.ap_creations.size(), 1u);
    EXPECT_EQ(m.ap_creations[0].vmsa, 0x5000u);
}

TEST_F(SimEvent, replies_may_be_spoiled) {
    m.host_event_reply = [](abi::Ghcb& ghcb) { ghcb.sw_exit_info_1 = 1; };
    EXPECT_EQ(ask(abi::NaeEvent::RunVmpl, 1), 1u);
}

TEST_F(Sim, last_words_are_an_exception) {
    machine::console_write("out of ");
    machine::console_write("memory");
    EXPECT_EQ(m.console(), "out of memory");
    EXPECT_THROW(machine::terminate(abi::adyton::Termination::OutOfMemory), Terminated);
    EXPECT_THROW((void)machine::ghcb_msr_exchange(0x0001'f100), Terminated);
}

TEST_F(Sim, catches_hardware_that_nobody_prepared) {
    EXPECT_EQ(machine::read_msr(abi::Msr::SevStatus), 7u);
    EXPECT_THROW((void)machine::read_msr(abi::Msr::Lstar), Misuse);
    EXPECT_THROW(machine::halt(), Misuse);
    EXPECT_THROW((void)m.peek<std::uint64_t>(Gpa{4 * large_page_bytes - 4}), Misuse);
}

TEST_F(Sim, each_cpu_has_its_own_ghcb) {
    const Gpa own = machine::ghcb_gpa();
    machine::ghcb().rax = 1;
    const Cpu other{m, 1};
    EXPECT_NE(machine::ghcb_gpa(), own);
    EXPECT_EQ(machine::ghcb().rax, 0u);
}

TEST_F(Sim, time_passes) {
    const std::uint64_t before = machine::timestamp();
    EXPECT_GT(machine::timestamp(), before);
}

TEST(SimWithoutMachine, every_door_is_shut) { EXPECT_THROW(machine::flush_guests(), Misuse); }

}  // namespace
}  // namespace sim
