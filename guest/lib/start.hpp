// SPDX-License-Identifier: MIT
// What a guest on this library defines.
#pragma once
#include <cstdint>

#include "abi/adyton/guest_info.hpp"

/// The guest itself, on the boot vCPU, with console, exceptions and SVSM calls ready; its result is reported.
std::uint8_t guest_main(const abi::adyton::GuestInfo& info);
