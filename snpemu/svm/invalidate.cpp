// SPDX-License-Identifier: MIT
// Taking translations away from CPUs that may be using them right now.
#include <atomic>

#include "snpemu/cpu/apic.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/svm/silicon.hpp"

namespace snpemu {

void invalidate_remote(Machine& machine, const Vcpu& self) {
    // Every VMRUN flushes, so it is enough that each CPU that was inside a guest has been outside once. Its counter is
    // odd while inside; it is made odd before VMRUN, hence whoever is even now will see the changed tables.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::array<std::uint64_t, max_cpus> seen{};
    for (unsigned i = 0; i < machine.cpu_count; ++i) {
        if (i == self.id) continue;
        seen[i] = machine.vcpus[i]->sequence;
        if ((seen[i] & 1) != 0) apic::send_nmi(i);
    }
    for (unsigned i = 0; i < machine.cpu_count; ++i)
        if ((seen[i] & 1) != 0)
            while (machine.vcpus[i]->sequence == seen[i]) cpu::pause();
}

bool hide_page(Machine& machine, Gpa page, PageSize size, model::Encryption alias) {
    bool seen = false;
    for (NestedTable& table : machine.nested) seen |= table.unmap(page, size, alias);
    return seen;
}

}  // namespace snpemu
