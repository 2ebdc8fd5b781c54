// SPDX-License-Identifier: MIT
// An exception without a table to find its handler in.
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::say("# about to triple-fault");
    guest::load_idt({0, 0});
    asm volatile("ud2");
    return 0;
}
