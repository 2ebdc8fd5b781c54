// SPDX-License-Identifier: MIT
// Takes translations away from CPUs that may be using them.
#include <atomic>
#include <span>
#include <utility>

#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/traps/wait.hpp"

namespace snpemu::silicon {
namespace {

/// Sleeps until `target` has left the guest in which it was at `seen`. It sleeps and does not spin: with more
/// vCPUs than real CPUs, the target may need the very CPU on which a spinner would run.
void wait_until_left(Cpu& self, Cpu& target, std::uint64_t seen) {
    while (target.sequence == seen) {
        self.awake = false;
        target.waiters.add(self.id);
        if (is_stopping()) park();
        if (target.sequence != seen) break;
        wait_for_nmi(&self.awake);
    }
}

/// CPU 0, once at each tick: whether the CPU has not left its guest since the last one.
bool has_stayed(Cpu& cpu) {
    const std::uint64_t sequence = cpu.sequence;
    return std::exchange(cpu.sequence_at_tick, sequence) == sequence && (sequence & 1) != 0;
}

}  // namespace

void repeat_lost_kicks(Memory& memory) {
    // Resends only if the NMI is pending on two consecutive ticks, so it has had a whole tick to arrive; a
    // spurious NMI is harmless. A CPU with waiters that has not moved for a tick gets an NMI too, whatever
    // its flag says.
    for (unsigned i = 0; i < memory.cpu_count; ++i) {
        Cpu& cpu = *memory.cpus[i];
        const bool is_kicked = cpu.kicked;
        const bool is_stuck = has_stayed(cpu) && !cpu.waiters.is_empty();
        if (is_stuck || (is_kicked && cpu.was_kicked_at_tick)) kick(cpu);
        cpu.was_kicked_at_tick = is_kicked;
    }
}

void end_long_turns(Memory& memory) {
    for (Cpu* const cpu : std::span{memory.cpus}.first(memory.cpu_count)) {
        if (!has_stayed(*cpu)) continue;
        cpu->turn_is_over = true;
        kick(*cpu);
    }
}

void make_leave(Cpu& self, Cpu& target) {
    const std::uint64_t seen = target.sequence;
    if (&target == &self || (seen & 1) == 0) return;
    kick(target);
    wait_until_left(self, target, seen);
}

void invalidate_remote(Memory& memory, Cpu& self) {
    // Every VMRUN flushes, so each CPU that was inside a guest need leave it once only. A CPU makes its
    // counter odd before VMRUN: one whose counter turns odd after this point sees the changed tables.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::array<std::uint64_t, max_cpus> seen{};
    for (unsigned i = 0; i < memory.cpu_count; ++i) {
        if (i == self.id) continue;
        seen[i] = memory.cpus[i]->sequence;
        if ((seen[i] & 1) != 0) kick(*memory.cpus[i]);
    }
    for (unsigned i = 0; i < memory.cpu_count; ++i)
        if ((seen[i] & 1) != 0) wait_until_left(self, *memory.cpus[i], seen[i]);
}

void acknowledge_invalidation(Memory& memory, Cpu& self) {
    if (self.waiters.is_empty()) return;
    self.waiters.take_each([&](std::size_t waiter) { kick(*memory.cpus[waiter]); });
}

bool hide_page(Memory& memory, Gpa page, PageSize size) {
    bool seen = false;
    for (Memory::NestedTables& tables : memory.nested) seen |= tables.unmap(page, size);
    return seen;
}

}  // namespace snpemu::silicon
