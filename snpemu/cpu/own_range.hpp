// SPDX-License-Identifier: MIT
// Where the machine itself lies; boot/link.ld says the same.
#pragma once
#include <cstdint>

namespace snpemu::cpu {

/// Code, data and stacks of the machine, mapped one to one: linear addresses are physical ones.
inline constexpr std::uint64_t own_begin = 2ull << 20, own_end = 4ull << 20;

}  // namespace snpemu::cpu
