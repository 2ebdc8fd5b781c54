// SPDX-License-Identifier: MIT
// Numbers of a seed: the same ones each time, so that a seed repeats a program.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rules::fuzz {

/// SplitMix64: small, and any seed is a good one.
class Random {
public:
    explicit constexpr Random(std::uint64_t seed) : state_{seed} {}
    constexpr std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e37'79b9'7f4a'7c15;
        z = (z ^ z >> 30) * 0xbf58'476d'1ce4'e5b9;
        z = (z ^ z >> 27) * 0x94d0'49bb'1331'11eb;
        return z ^ z >> 31;
    }
    /// 0 to `end` - 1. `end` is not 0.
    constexpr std::uint64_t below(std::uint64_t end) { return next() % end; }
    /// True once in `times`.
    constexpr bool once_in(std::uint64_t times) { return below(times) == 0; }
    template <class T, std::size_t N>
    constexpr const T& one_of(const std::array<T, N>& values) {
        return values[below(N)];
    }
    constexpr std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }
    /// Numbers at which checks go wrong: few bits, many bits, next to a power of two; else any.
    constexpr std::uint64_t odd() {
        switch (below(6)) {
            case 0: return below(16);
            case 1: return 1ull << below(64);
            case 2: return (1ull << below(64)) - 1;
            case 3: return ~0ull << below(64);
            case 4: return next() >> below(64);
            default: return next();
        }
    }

private:
    std::uint64_t state_;
};

}  // namespace rules::fuzz
