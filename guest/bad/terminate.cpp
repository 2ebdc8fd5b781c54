// SPDX-License-Identifier: MIT
// Asks the hypervisor to end the machine, in the reason set that Linux uses.
#include "guest/lib/fatal.hpp"
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { guest::terminate(1, 42); }
