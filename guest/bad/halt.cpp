// SPDX-License-Identifier: MIT
// Halts without anything that could wake it: the machine has nothing left to run.
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::say("# halting");
    guest::park();
}
