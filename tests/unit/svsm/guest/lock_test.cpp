// SPDX-License-Identifier: MIT
// The lock between PVALIDATE and the calls that change ownership.
#include "svsm/guest/lock.hpp"

#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"

namespace svsm {
namespace {

class Lock : public testing::Test {
protected:
    Lock() {
        m.on_pause = [] { std::this_thread::yield(); };
        lock.start(readers);
    }
    /// Runs `body(cpu)` on that many CPUs at once.
    template <class Body>
    void on_cpus(unsigned count, Body body) {
        std::vector<std::thread> threads;
        for (unsigned cpu = 1; cpu <= count; ++cpu)
            threads.emplace_back([&, cpu] {
                const sim::Cpu bound{m, cpu};
                body(cpu);
            });
        for (std::thread& thread : threads) thread.join();
    }
    sim::Machine m{page_bytes};
    std::array<SharedLock::Reader, 4> readers{};
    SharedLock lock;
};

TEST_F(Lock, readers_share) {
    const SharedGuard first{lock, readers[0]};
    const SharedGuard second{lock, readers[1]};
}

TEST_F(Lock, can_be_taken_again_after_each_use) {
    for (int i = 0; i < 3; ++i) {
        { const ExclusiveGuard writer{lock}; }
        { const SharedGuard reader{lock, readers[0]}; }
    }
}

TEST_F(Lock, writers_are_alone) {
    std::uint64_t unprotected = 0;
    std::atomic<int> inside{0}, violations{0};
    on_cpus(3, [&](unsigned cpu) {
        for (int i = 0; i < 500; ++i) {
            if ((cpu + static_cast<unsigned>(i)) % 3 == 0) {
                const SharedGuard reader{lock, readers[cpu]};
                if (inside.load() != 0) ++violations;
            } else {
                const ExclusiveGuard writer{lock};
                if (inside.exchange(1) != 0) ++violations;
                ++unprotected;
                inside = 0;
            }
        }
    });
    EXPECT_EQ(violations, 0);
    EXPECT_EQ(unprotected, 1000u);
}

TEST_F(Lock, a_writer_waits_for_the_readers_inside_and_holds_back_new_ones) {
    std::vector<int> order;
    std::atomic<bool> writer_waits{false};
    m.on_pause = [&] {
        writer_waits = true;
        std::this_thread::yield();
    };
    lock.lock_shared(readers[0]);
    std::thread writer{[&] {
        const sim::Cpu bound{m, 1};
        const ExclusiveGuard guard{lock};
        order.push_back(2);
    }};
    while (!writer_waits) std::this_thread::yield();
    std::thread reader{[&] {
        const sim::Cpu bound{m, 2};
        const SharedGuard guard{lock, readers[2]};
        order.push_back(3);
    }};
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
    order.push_back(1);
    lock.unlock_shared(readers[0]);
    writer.join();
    reader.join();
    EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

/// The test detects waiting by its PAUSE, so it controls the order of these two.
TEST_F(Lock, whoever_comes_back_to_a_region_waits_behind_those_who_came_before) {
    RegionLocks regions;
    TicketLock& turn = regions.of(Gpa{0});
    std::atomic<bool> waits{false};
    m.on_pause = [&] {
        waits = true;
        std::this_thread::yield();
    };
    std::vector<int> order;
    std::thread patient;
    {
        const TicketGuard greedy{turn};
        patient = std::thread{[&] {
            const sim::Cpu bound{m, 1};
            const TicketGuard guard{turn};
            order.push_back(1);
        }};
        while (!waits) std::this_thread::yield();
    }
    {
        // At once, and on a CPU that holds the cache line: without an order it would win again.
        const TicketGuard greedy{turn};
        order.push_back(2);
    }
    patient.join();
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST_F(Lock, one_at_a_time_has_the_turn_of_a_region) {
    RegionLocks regions;
    TicketLock& turn = regions.of(Gpa{0});
    std::atomic<unsigned> inside{0}, violations{0};
    std::uint64_t unprotected = 0;
    on_cpus(4, [&](unsigned) {
        for (unsigned i = 0; i < 200; ++i) {
            const TicketGuard guard{turn};
            if (inside.exchange(1) != 0) ++violations;
            ++unprotected;
            inside = 0;
        }
    });
    EXPECT_EQ(violations, 0u);
    EXPECT_EQ(unprotected, 800u);
}

}  // namespace
}  // namespace svsm
