// SPDX-License-Identifier: MIT
// The local APIC of the real CPU. CPU 0's is the machine's own; that of a CPU with a vCPU belongs to the
// guest, and the machine only sends NMIs through it.
#pragma once
#include <cstdint>

namespace snpemu::apic {

inline constexpr std::uint8_t tick_vector = 0x40, spurious_vector = 0xff;

/// xAPIC registers that the machine uses: offsets in its window. [APM2 "Local APIC"]
enum class Register : std::uint32_t {
    Id = 0x20,
    TaskPriority = 0x80,
    Eoi = 0xb0,
    LogicalDestination = 0xd0,
    Spurious = 0xf0,
    IcrLow = 0x300,
    IcrHigh = 0x310,
    LvtTimer = 0x320,
    LvtLint0 = 0x350,
    LvtLint1 = 0x360,
    TimerCount = 0x380,
    TimerLeft = 0x390,
    TimerDivide = 0x3e0
};
[[nodiscard]] std::uint32_t read(std::uint32_t offset);
void write(std::uint32_t offset, std::uint32_t value);

/// CPU 0: switches its APIC on.
void init_machine_cpu();
/// Moves CPU 0's id out of the way of those that guests know. The other CPUs have left those that they began with.
void take_machine_id();
/// A CPU with a vCPU: the APIC answers to the vCPU's id from now on, so that no destination that a
/// guest writes needs a translation. `is_boot_cpu`: the interrupts of the 8259s arrive here, as
/// firmware leaves them.
void init_vcpu_cpu(unsigned id, bool is_boot_cpu);
void end_of_interrupt();
void send_init(unsigned apic_id);
void send_startup(unsigned apic_id, std::uint8_t page);
/// Makes a CPU that runs a guest exit, whatever the guest has masked, and ends its sleep. The guest's own
/// half-written interrupt command survives.
void send_nmi(unsigned apic_id);
/// Waits, busy, at least that many nanoseconds, and returns how many passed. Uses the timer of `tick_every`.
std::uint32_t spin(std::uint32_t nanoseconds);
/// Makes QEMU look again for a waiting interrupt. QEMU keeps that fact in a word which it changes without a
/// lock when a guest exits, and so it may undo what another CPU has just noted there.
void recheck_interrupts();
/// Interrupts this CPU with `tick_vector` again and again. 0 stops it.
void tick_every(std::uint32_t nanoseconds);

}  // namespace snpemu::apic
