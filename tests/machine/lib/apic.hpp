// SPDX-License-Identifier: MIT
// The local APIC of the boot vCPU, through events of device memory.
#pragma once
#include <cstdint>

namespace rules::apic {

enum class Register : std::uint16_t {
    Eoi = 0xb0,
    Request = 0x200,  ///< the first of eight, 10h apart
    CommandLow = 0x300,
    CommandHigh = 0x310,
    Timer = 0x320,
    InitialCount = 0x380,
    Divide = 0x3e0,
};
void write(Register which, std::uint32_t value);
[[nodiscard]] std::uint32_t read(std::uint32_t offset);

/// No interrupt of a device gets in the way: both 8259s are masked.
void mask_devices();
/// One interrupt of the timer after `nanoseconds`.
void start_timer(std::uint8_t vector, std::uint32_t nanoseconds);
/// `vector` waits for delivery.
[[nodiscard]] bool is_requested(std::uint8_t vector);

/// Delivery modes, with the level asserted.
struct Command {
    static constexpr std::uint32_t fixed = 0x4000, nmi = 0x4400, init = 0x4500, startup = 0x4600,
                                   to_self = 0x4'0000;
};
void send_to_self(std::uint32_t command);
void send(unsigned apic_id, std::uint32_t command);

/// Waits until `*flag` has this value, a second at most. True when it has.
[[nodiscard]] bool wait_for(const volatile std::uint64_t& flag, std::uint64_t value);
/// Long enough for anything that was sent to arrive.
void wait_a_while();

}  // namespace rules::apic
