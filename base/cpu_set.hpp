// SPDX-License-Identifier: MIT
// A set of CPUs that all of them write at the same time: those that wait for this one, for example.
#pragma once
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

/// Holds numbers below `limit`, in as many words as they need. Every access to a word is sequentially
/// consistent, so a CPU that adds itself and then reads what it waits for, and a CPU that writes that and
/// then calls `is_empty`, cannot both miss the other.
template <std::size_t limit>
class CpuSet {
public:
    /// Traps when `cpu` is not below `limit`. A number that is in the set stays in it once.
    void add(std::size_t cpu) {
        if (cpu >= limit) __builtin_trap();
        words_[cpu / word_bits].fetch_or(std::uint64_t{1} << cpu % word_bits);
    }
    /// The words are read one after the other: true says that each CPU was missing at some time of the call.
    [[nodiscard]] bool is_empty() const {
        for (const auto& word : words_)
            if (word.load() != 0) return false;
        return true;
    }
    /// Calls `visit` with each number, lowest first, after removing it. What is added meanwhile is visited or
    /// stays in the set.
    template <class Visit>
    void take_each(Visit visit) {
        for (std::size_t i = 0; i < words_.size(); ++i)
            for (std::uint64_t rest = words_[i].exchange(0); rest != 0; rest &= rest - 1)
                visit(i * word_bits + static_cast<std::size_t>(std::countr_zero(rest)));
    }

private:
    static constexpr std::size_t word_bits = 64;
    std::array<std::atomic<std::uint64_t>, (limit + word_bits - 1) / word_bits> words_{};
};
