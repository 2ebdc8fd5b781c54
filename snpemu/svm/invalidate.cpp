// SPDX-License-Identifier: MIT
// Taking translations away from CPUs that may be using them right now.
#include <atomic>
#include <bit>

#include "snpemu/cpu/apic.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/stop.hpp"
#include "snpemu/svm/silicon.hpp"

namespace snpemu {
namespace {

constexpr std::uint32_t patience_ns = 10'000'000;

/// Sleeps until `target` has left the guest in which it was at `seen`. Sleeping, not spinning: with more
/// vCPUs than real CPUs, the one we wait for needs the very CPU that a spinner would burn.
void wait_until_left(const Vcpu& self, Vcpu& target, std::uint64_t seen) {
    while (target.sequence == seen) {
        target.waiters.fetch_or(std::uint64_t{1} << self.id);
        if (is_stopping()) park();
        // Interrupts are off here, so a wake-up sent from now on ends the sleep at once. It may not come:
        // QEMU 7.2 clears a flag beside the pending NMI without a lock when a guest exits, and can lose the
        // NMI. Ask again then.
        if (target.sequence != seen) break;
        apic::wake_after(patience_ns);
        cpu::wait_for_interrupt();
        if (target.sequence == seen) kick(target);
    }
    apic::wake_after(0);
}

}  // namespace

void kick(Vcpu& target) {
    target.kicked = true;
    apic::send_nmi(target.host_apic_id);
}

void make_leave(const Vcpu& self, Vcpu& target) {
    const std::uint64_t seen = target.sequence;
    if (&target == &self || (seen & 1) == 0) return;
    kick(target);
    wait_until_left(self, target, seen);
}

void invalidate_remote(Machine& machine, Vcpu& self) {
    // Every VMRUN flushes, so it is enough that each CPU that was inside a guest has been outside once. Its
    // counter is odd while inside; it is made odd before VMRUN, hence whoever is even now will see the
    // changed tables.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::array<std::uint64_t, max_cpus> seen{};
    for (unsigned i = 0; i < machine.cpu_count; ++i) {
        if (i == self.id) continue;
        seen[i] = machine.vcpus[i]->sequence;
        if ((seen[i] & 1) != 0) kick(*machine.vcpus[i]);
    }
    for (unsigned i = 0; i < machine.cpu_count; ++i)
        if ((seen[i] & 1) != 0) wait_until_left(self, *machine.vcpus[i], seen[i]);
}

void acknowledge_invalidation(Machine& machine, Vcpu& self) {
    if (self.waiters.load(std::memory_order_seq_cst) == 0) return;
    for (std::uint64_t rest = self.waiters.exchange(0); rest != 0; rest &= rest - 1)
        apic::send_wake(machine.vcpus[static_cast<unsigned>(std::countr_zero(rest))]->host_apic_id);
}

bool hide_page(Machine& machine, Gpa page, PageSize size, model::Encryption alias) {
    bool seen = false;
    for (NestedTable& table : machine.nested) seen |= table.unmap(page, size, alias);
    return seen;
}

}  // namespace snpemu
