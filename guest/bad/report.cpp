// SPDX-License-Identifier: MIT
// Reports a failure of its own.
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return 3; }
