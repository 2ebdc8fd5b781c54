// SPDX-License-Identifier: MIT
// What every fuzz target has: its entry, a way to say what was found, and choices made from
// the input's bytes.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace fuzz {

/// The target: judges one input, and ends in `finding` (or in a sanitizer) when something is wrong.
void one_input(Bytes input);

/// Says what is wrong, prints what `before_finding` adds, and ends the program: libFuzzer keeps the input.
[[noreturn]] void finding(const char* sentence);
inline void expect(bool holds, const char* sentence) {
    if (!holds) finding(sentence);
}
/// Called by `finding` before the program ends: a target with long inputs prints its last steps.
extern void (*before_finding)();

/// Decisions from the input, byte by byte; a generator continues when they run out, so that short inputs give
/// long runs too. Equal inputs give equal decisions.
class Choices {
public:
    Choices(Bytes input, std::uint64_t seed) : input_{input}, state_{seed | 1} {}

    /// 0 to `count` - 1; `count` is at least 1.
    [[nodiscard]] std::uint64_t below(std::uint64_t count) {
        return bits(count <= 0x100 ? 1 : count <= 0x1'0000 ? 2 : 8) % count;
    }
    [[nodiscard]] bool percent(unsigned chance) { return below(100) < chance; }
    [[nodiscard]] std::uint64_t word() { return bits(8); }
    template <class Container>
    [[nodiscard]] const auto& pick(const Container& from) {
        return from[below(from.size())];
    }
    [[nodiscard]] bool is_exhausted() const { return at_ >= input_.size(); }

private:
    std::uint64_t bits(unsigned bytes) {
        if (input_.size() - at_ < bytes) {
            at_ = input_.size();
            return generate();
        }
        std::uint64_t value = 0;
        std::memcpy(&value, input_.data() + at_, bytes);
        at_ += bytes;
        return value;
    }
    /// xorshift64*: fast; it needs no resistance to attacks.
    std::uint64_t generate() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return (state_ * 0x2545'f491'4f6c'dd1dull) >> 8;
    }

    Bytes input_;
    std::size_t at_ = 0;
    std::uint64_t state_;
};

/// A T from the input's bytes at `at`; zeros where it is too short.
template <class T>
[[nodiscard]] T from_input(Bytes input, std::size_t at = 0) {
    T value{};
    if (at < input.size()) std::memcpy(&value, input.data() + at, std::min(sizeof value, input.size() - at));
    return value;
}

}  // namespace fuzz
