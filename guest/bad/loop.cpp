// SPDX-License-Identifier: MIT
// Never comes back and never leaves its VMPL: only a timeout ends it.
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::say("# looping");
    for (;;) guest::pause();
}
