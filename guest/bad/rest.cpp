// SPDX-License-Identifier: MIT
// Rests until an interrupt that never comes: only the timeout can end this.
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/start.hpp"
#include "guest/lib/svsm.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::say("# core protocol {}", guest::svsm::query_protocol(0, 1).has_value() ? "found" : "missing");
    for (;;) asm volatile("sti; hlt; cli" : : : "memory");
}
