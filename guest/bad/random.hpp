// SPDX-License-Identifier: MIT
// Numbers that look random and are the same in every run.
#pragma once
#include <cstdint>

namespace bad {

/// xorshift64*.
class Random {
public:
    explicit constexpr Random(std::uint64_t seed) : state_{seed * 0x9e37'79b9'7f4a'7c15 + 1} {}
    constexpr std::uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545'f491'4f6c'dd1d;
    }
    constexpr std::uint64_t below(std::uint64_t limit) { return next() % limit; }

private:
    std::uint64_t state_;
};

}  // namespace bad
