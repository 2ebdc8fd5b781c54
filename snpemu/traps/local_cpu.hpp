// SPDX-License-Identifier: MIT
// The CPU of QEMU that carries a vCPU, as its traps and the other CPUs see it.
#pragma once
#include <atomic>
#include <cstdint>

namespace snpemu {

struct LocalCpu {
    LocalCpu* self = nullptr;         ///< first: the NMI handler finds it through GS
    unsigned apic_id = 0;             ///< the id that the guest uses, and to which this CPU's APIC answers
    std::atomic<bool> kicked{false};  ///< an NMI of ours is on its way to this CPU
    std::atomic<bool> awake{false};   ///< there is a reason not to sleep
    std::atomic<bool> parked{false};  ///< the machine stops and this CPU has come to rest
    int taken_vector = -1;            ///< interrupt that ended a sleep and is still to be delivered; -1: none
};

/// What GS of this CPU points to.
[[nodiscard]] inline LocalCpu* find_local_cpu() {
    LocalCpu* self = nullptr;
    asm volatile("mov %%gs:0, %0" : "=r"(self));
    return self;
}

/// Asks a CPU to leave its guest, or to wake up, by an NMI.
void kick(LocalCpu& target);

}  // namespace snpemu
