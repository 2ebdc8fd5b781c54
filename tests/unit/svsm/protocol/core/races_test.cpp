// SPDX-License-Identifier: MIT
// Several vCPUs, and a hypervisor that interferes at the worst moment.
#include <atomic>
#include <random>
#include <thread>

#include "tests/unit/svsm/protocol/core/pvalidate_fixture.hpp"

namespace svsm {
namespace {

class Races : public PvalidateWorld {
protected:
    Races() {
        start_vcpu(2);
        m.on_pause = [] { std::this_thread::yield(); };
    }
    static Gpa own_list(unsigned cpu) { return calling_area(cpu) + 8; }
    void request_list(unsigned cpu, std::uint64_t entry) {
        write_list(own_list(cpu), {1, 0, 0}, {entry});
        request(cpu, {core_call(CoreCall::Pvalidate), own_list(cpu).value()});
    }
};

// The page is zeroed for vCPU 0, then the hypervisor swaps it for one with a secret and vCPU 1 validates
// that. If vCPU 0 granted rights now, the guest would read the secret before vCPU 1 gets to zeroing it.
TEST_F(Races, a_page_is_handed_over_by_one_vcpu_at_a_time) {
    serve(1);  // windows are mapped under the lock; from now on it needs none of that
    std::atomic<bool> is_swapped{false}, is_valid_again{false}, waits{false}, is_granted{false};
    m.on_pause = [&] {
        waits = true;
        std::this_thread::yield();
    };
    m.between = [&](Step step) {
        if (sim::Machine::current_cpu() == 1) {
            if (step != Step::GuestWrite || !is_valid(unvalidated_page) || is_granted) return;
            is_valid_again = true;
            while (!is_granted) std::this_thread::yield();
        } else if (step == Step::Rmpadjust && is_zero(unvalidated_page) && !is_swapped) {
            m.host_takes(unvalidated_page);
            m.host_gives(unvalidated_page);
            m.fill({unvalidated_page, unvalidated_page + page_bytes}, 0x5e);
            is_swapped = true;
            while (!is_valid_again && !waits) std::this_thread::yield();
        }
    };
    request_list(0, validate(unvalidated_page));
    request_list(1, validate(unvalidated_page));
    std::thread other{[&] {
        while (!is_swapped && !is_granted) std::this_thread::yield();
        serve(1);
    }};
    serve(0);
    EXPECT_TRUE(is_swapped);
    EXPECT_FALSE(anyone_may(Read, unvalidated_page) && !is_zero(unvalidated_page))
        << "the guest reads the secret";
    is_granted = true;
    other.join();
    EXPECT_EQ(registers(0).rax, code(SvsmError::InvalidAddress));
    EXPECT_EQ(registers(1).rax, code(SvsmError::InvalidAddress))
        << "vCPU 1 does not validate it a second time";
    EXPECT_EQ(state(unvalidated_page), PageState::Dirty);
    EXPECT_FALSE(is_valid(unvalidated_page));
}

/// vCPU 0 has checked its PVALIDATE entry and is about to act on it. vCPU 1 makes a call that would make the
/// same page private: it has to wait, and then sees what vCPU 0 left.
class RaceWithPvalidate : public Races {
protected:
    Registers call_in_the_middle_of(std::uint64_t entry, const Registers& in) {
        for (const unsigned cpu : {0u, 1u})
            serve(cpu);  // have their own windows: only the call maps from here
        std::atomic<bool> is_checked{false}, waits{false}, is_done{false};
        unsigned windows = 0;
        m.on_pause = [&] {
            waits = true;
            std::this_thread::yield();
        };
        m.between = [&](Step step) {
            if (sim::Machine::current_cpu() != 0 || step != Step::MapWindow || is_checked) return;
            if (++windows != 2) return;  // after the list, the entry
            is_checked = true;
            while (!is_done && !waits) std::this_thread::yield();
        };
        request_list(0, entry);
        request(1, in);
        std::thread other{[&] {
            while (!is_checked) std::this_thread::yield();
            serve(1);
            is_done = true;
        }};
        serve(0);
        other.join();
        EXPECT_EQ(registers(0).rax, abi::svsm_success);
        EXPECT_TRUE(is_checked);
        return registers(1);
    }
};

TEST_F(RaceWithPvalidate, a_page_that_is_being_granted_does_not_become_a_vmsa) {
    write_vmsa(unvalidated_page);
    const auto out = call_in_the_middle_of(
        validate(unvalidated_page),
        {core_call(CoreCall::CreateVcpu), unvalidated_page.value(), page_b.value(), apic_ids[2]});
    EXPECT_EQ(out.rax, code(SvsmError::InvalidParameter)) << "the page was zeroed before it was judged";
    EXPECT_FALSE(m.entry(unvalidated_page).vmsa);
}

TEST_F(RaceWithPvalidate, a_page_that_is_being_rescinded_does_not_become_a_calling_area) {
    const auto out = call_in_the_middle_of(rescind(page_a), {core_call(CoreCall::RemapCa), page_a.value()});
    EXPECT_EQ(out.rax, code(SvsmError::InvalidAddress));
    EXPECT_EQ(slot(1).calling_area, calling_area(1));
}

// CPU 1 is about to map its calling area; at that moment vCPU 0 gives it another. Whichever CPU 1 loads, no
// call may turn that page into something else while the window is open on it.
TEST_F(Races, a_calling_area_stays_private_while_a_window_shows_it) {
    serve(0);  // has its windows; CPU 1 has to map
    ++guest.vcpus[1].generation;
    std::atomic<bool> is_mapping{false}, waits{false}, is_replaced{false};
    m.on_pause = [&] {
        waits = true;
        std::this_thread::yield();
    };
    unsigned windows = 0;
    m.between = [&](Step step) {
        if (sim::Machine::current_cpu() != 1 || step != Step::MapWindow || ++windows != 2) return;
        is_mapping = true;
        while (!is_replaced && !waits) std::this_thread::yield();
    };
    write_vmsa(page_a);
    request(0, {core_call(CoreCall::CreateVcpu), page_a.value(), page_b.value(), apic_ids[1]});
    std::thread other{[&] {
        while (!is_mapping) std::this_thread::yield();
        serve(0);
        is_replaced = true;
    }};
    {
        const sim::Cpu bound{m, 1};
        refresh(guest, guest.vcpus[1], views[1]);
        const auto shown = m.window_target(machine::Window::CallingArea1);
        EXPECT_TRUE(shown && guest.pages.object(*shown).kind == ObjectKind::CallingArea);
    }
    other.join();
    EXPECT_TRUE(is_mapping);
    EXPECT_EQ(registers(0).rax, abi::svsm_success);
}

/// What three vCPUs compete for.
constexpr unsigned pool_pages = 24;
constexpr Gpa pool(std::uint64_t page) { return page_a + page * page_bytes; }

TEST_F(Races, no_page_is_ever_a_vmsa_and_writable_for_the_guest) {
    std::atomic<unsigned> violations{0};
    m.between = [&](Step) {
        for (unsigned i = 0; i < pool_pages; ++i)
            if (m.entry(pool(i)).vmsa &&
                (m.rmp_allows(Vmpl1, Write, pool(i)) || m.rmp_allows(Vmpl2, Write, pool(i))))
                ++violations;
    };
    const auto body = [&](unsigned cpu) {
        std::minstd_rand random{cpu + 1};
        for (unsigned i = 0; i < 150; ++i) {
            const Gpa page = pool(random() % pool_pages), other = pool(random() % pool_pages);
            switch (random() % 4) {
                case 0: request_list(cpu, rescind(page)); break;
                case 1: request_list(cpu, validate(page, ignoring)); break;
                case 2: request(cpu, {core_call(CoreCall::RemapCa), page.value()}); break;
                default:
                    if (m.rmp_allows(Vmpl1, Write, page)) write_vmsa(page);
                    request(cpu, {core_call(CoreCall::CreateVcpu), page.value(), other.value(),
                                  apic_ids[(cpu + 1) % cpus]});
            }
            serve(cpu);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned cpu = 0; cpu < cpus; ++cpu) threads.emplace_back(body, cpu);
    for (std::thread& thread : threads) thread.join();
    m.between = nullptr;
    EXPECT_EQ(violations, 0u);
    unsigned vmsas = 0;
    for (unsigned i = 0; i < pool_pages; ++i) vmsas += m.entry(pool(i)).vmsa;
    EXPECT_GT(vmsas, 0u) << "no vCPU created anything";
}

}  // namespace
}  // namespace svsm
