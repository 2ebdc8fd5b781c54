// SPDX-License-Identifier: MIT
// The local APIC by the only way that an SNP guest has: events for device memory. And interrupts, counted.
#pragma once
#include <cstdint>

#include "abi/snp/exit_code.hpp"

namespace irq {

inline constexpr std::uint8_t timer_vector = 0x40, ipi_vector = 0x41, nmi_vector = 2;

/// xAPIC registers. [APM2 "Local APIC"]
enum class Register : std::uint32_t {
    Id = 0x20,
    Version = 0x30,
    Eoi = 0xb0,
    Spurious = 0xf0,
    Requested = 0x200,  ///< bit n of eight registers: vector n waits
    CommandLow = 0x300,
    CommandHigh = 0x310,
    TimerVector = 0x320,
    TimerCount = 0x380,
    TimerDivide = 0x3e0
};
/// One event each. A host that refuses it ends the guest.
[[nodiscard]] std::uint32_t read(Register which);
void write(Register which, std::uint32_t value);

/// Loads an interrupt table on this vCPU that counts every vector above 31 and NMIs, and switches its APIC
/// on. Interrupts stay off.
void init();
/// Interrupts of `vector` that vCPU `index` has taken.
[[nodiscard]] unsigned taken(unsigned index, std::uint8_t vector);

/// The APIC of this vCPU has an interrupt of `vector` that was not taken yet.
[[nodiscard]] bool is_waiting(std::uint8_t vector);

/// STI, HLT, CLI: an interrupt that waits or comes is taken in between.
void rest();
/// The same without HLT: what waits is taken.
void open_window();
/// Starts the timer once; it fires after so many of its ticks.
void start_timer(std::uint32_t ticks);
/// Sends interrupt command `low` to APIC id `target`.
void send(std::uint32_t low, std::uint32_t target = 0);
/// Tells the host that the NMI handler has finished. [GHCB "NMI Complete"]
void complete_nmi();

}  // namespace irq
