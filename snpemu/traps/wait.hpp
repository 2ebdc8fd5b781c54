// SPDX-License-Identifier: MIT
// How a CPU that carries a vCPU sleeps in the machine: see wait.S for why this is assembly.
#pragma once
#include <atomic>

extern "C" {
/// Sleeps until an NMI comes, or not at all when `awake` is set; interrupts stay pending.
void wait_for_nmi(const std::atomic<bool>* awake);
/// Also ends with an interrupt, which the trap handler leaves in the vCPU's `taken_vector`, without an end of
/// interrupt. Interrupts are off before and after.
void wait_for_interrupt_or_nmi(const std::atomic<bool>* awake);
/// Does not sleep: takes an interrupt that waits, in the same way.
void take_interrupt();
}
