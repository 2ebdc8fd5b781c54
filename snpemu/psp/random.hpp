// SPDX-License-Identifier: MIT
// The AMD-SP's source of randomness is this CPU's. With QEMU's -seed, which deterministic runs have, it repeats.
#pragma once
#include <cstdint>
#include <span>

namespace snpemu::psp {

/// Ends the run when RDRAND gives no numbers.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace snpemu::psp
