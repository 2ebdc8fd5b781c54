// SPDX-License-Identifier: MIT
// The contents of a page for its new owner: the other side's bytes under another key, i.e. noise. Large pages
// get a deferred scramble, at their first access: a guest validates most of its memory at its start and does
// not touch it for long.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace snpemu {

using SpaRange = Range<Spa>;

/// Fills `bytes` at `at`, whole pages that begin at `page`, with noise that depends on the address alone.
void fill_with_noise(std::byte* at, Spa page, std::uint64_t bytes);

/// The deferred scrambles: system pages that count as noise and are not filled yet. On a machine with several
/// CPUs the user holds the RMP lock.
class NoiseDebt {
public:
    /// The bytes that one fill and one nested fault handle together.
    static constexpr std::uint64_t granule_bytes = 32 * page_bytes;
    /// Words of the map that memory up to `end` needs.
    [[nodiscard]] static constexpr std::uint64_t words_for(Spa end) {
        return end.value() / (granule_bytes * 64) + 1;
    }

    NoiseDebt() = default;
    /// A `map` of zeros defers nothing.
    explicit NoiseDebt(std::span<std::uint64_t> map) : map_{map} {}

    /// Defers the scramble of `range`, whole granules. False when the map has no bits for it: the caller
    /// fills it now.
    [[nodiscard]] bool owe(SpaRange range) const;
    /// Fills the granule around `at` if its scramble was deferred. `memory` is the address of system page 0.
    /// Call it before every access, by the guest or in its name.
    void settle(Spa at, std::byte* memory) const {
        if (is_owed(at)) pay(at, memory);
    }
    /// Forgets deferred scrambles in `range`, whole granules, which the caller is about to overwrite.
    void forgive(SpaRange range) const;
    [[nodiscard]] bool is_owed(Spa at) const;

private:
    void pay(Spa at, std::byte* memory) const;
    std::span<std::uint64_t> map_;
};

}  // namespace snpemu
