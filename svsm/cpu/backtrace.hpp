// SPDX-License-Identifier: MIT
// The chain of calls, as far as a stack without frame pointers shows it: words that point behind a CALL.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "svsm/cpu/cpu.hpp"

namespace svsm::cpu {

/// `before` are the bytes in front of an address; true when they can be a CALL instruction. False positives
/// are possible, x86 cannot be read backwards. [APM3 "CALL (Near)"]
constexpr bool ends_with_call(std::span<const std::uint8_t, 5> before) {
    if (before[0] == 0xe8) return true;  // relative
    const auto is_register = [](std::uint8_t modrm) { return (modrm & 0xf8) == 0xd0; };
    return before[3] == 0xff && is_register(before[4]);  // indirect; memory operands do not occur in our code
}
static_assert(ends_with_call(std::array<std::uint8_t, 5>{0xe8, 1, 2, 3, 4}));
static_assert(ends_with_call(std::array<std::uint8_t, 5>{0, 0, 0x41, 0xff, 0xd3}));
static_assert(!ends_with_call(std::array<std::uint8_t, 5>{0, 0, 0, 0xff, 0xe0}));  // JMP

/// Writes the return addresses found between `rsp` and the top of this CPU's stack to the console, innermost
/// first. Writes nothing when `rsp` is not in that stack. Some may be remains of calls that have returned.
void log_backtrace(const Cpu& cpu, std::uint64_t rsp);

}  // namespace svsm::cpu
