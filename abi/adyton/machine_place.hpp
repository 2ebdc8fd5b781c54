// SPDX-License-Identifier: MIT
// Where the emulated machine lies in the memory that it shares with its guest: here a guest has no RAM. snpemu's
// boot/link.ld says the same.
#pragma once
#include <cstdint>

namespace abi::adyton {

/// Code, data and stacks of the machine, mapped one to one: linear addresses are physical ones.
inline constexpr std::uint64_t machine_begin = 2ull << 20, machine_end = 4ull << 20;

}  // namespace abi::adyton
