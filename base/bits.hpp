// SPDX-License-Identifier: MIT
// Bit fields of a register, numbered the way the AMD manuals print them.
#pragma once
#include <cstdint>

/// Bits Hi:Lo of a 64-bit register.
template <unsigned Hi, unsigned Lo = Hi>
    requires(Lo <= Hi && Hi < 64)
struct Bits {
    static constexpr std::uint64_t mask = (~std::uint64_t{0} >> (63 - Hi + Lo)) << Lo;
    /// The field's value, shifted down to bit 0.
    static constexpr std::uint64_t get(std::uint64_t reg) { return (reg & mask) >> Lo; }
    /// `value` moved into the field; bits that do not fit are dropped.
    static constexpr std::uint64_t put(std::uint64_t value) { return (value << Lo) & mask; }
    /// `reg` with the field replaced by `value`.
    static constexpr std::uint64_t set(std::uint64_t reg, std::uint64_t value) {
        return (reg & ~mask) | put(value);
    }
    static constexpr bool test(std::uint64_t reg) { return (reg & mask) != 0; }
};
static_assert(Bits<11, 4>::mask == 0xff0 && Bits<63>::mask == 1ull << 63);
static_assert(Bits<15, 8>::get(0xabcd) == 0xab && Bits<15, 8>::set(0xffff, 0) == 0xff);
