// SPDX-License-Identifier: MIT
// The local APIC of the real CPU: the machine uses it to start, kick and wake its own processors.
#pragma once
#include <cstdint>

namespace snpemu::apic {

inline constexpr std::uint8_t wake_vector = 0x40, spurious_vector = 0xff;

/// Switches this CPU's APIC on.
void enable();
void end_of_interrupt();
void send_init(unsigned apic_id);
void send_startup(unsigned apic_id, std::uint8_t page);
/// Makes a CPU that runs a guest exit, whatever the guest has masked.
void send_nmi(unsigned apic_id);
/// Ends this CPU's own `wait_for_interrupt` after that many nanoseconds, once. 0 takes it back.
void wake_after(std::uint32_t nanoseconds);
/// Waits at least that many nanoseconds, busy, and returns how many they were. Uses the timer of
/// `wake_after`.
std::uint32_t spin(std::uint32_t nanoseconds);
/// Ends another CPU's `wait_for_interrupt`.
void send_wake(unsigned apic_id);

}  // namespace snpemu::apic
