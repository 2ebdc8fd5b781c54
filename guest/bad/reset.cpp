// SPDX-License-Identifier: MIT
// Resets the machine the old way, through the keyboard controller: the run ends, and not as a success.
#include "abi/x86/pc.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    (void)guest::ghcb::out_byte(abi::pc::Port::keyboard_command, abi::pc::keyboard_pulse_reset);
    return 2;
}
