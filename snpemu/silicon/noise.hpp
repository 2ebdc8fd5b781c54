// SPDX-License-Identifier: MIT
// What a page looks like to its new owner: the other side's bytes under another key, i.e. noise. Large pages
// are filled at the first look at them: most of a guest's memory is validated at its start and not touched
// for long.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace snpemu {

using SpaRange = Range<Spa>;

/// Fills `bytes` at `at`, whole pages that begin at `page`, with noise that depends on the address alone.
void fill_with_noise(std::byte* at, Spa page, std::uint64_t bytes);

/// Which system pages are noise that nobody has written yet. Whoever uses one on a machine with several
/// CPUs holds the RMP lock.
class NoiseDebt {
public:
    /// What is filled at once, and what a nested fault shows at once.
    static constexpr std::uint64_t granule_bytes = 32 * page_bytes;
    /// Words of the map that memory up to `end` needs.
    [[nodiscard]] static constexpr std::uint64_t words_for(Spa end) {
        return end.value() / (granule_bytes * 64) + 1;
    }

    NoiseDebt() = default;
    /// Nothing is owed where `map`, all zero, has no bit.
    explicit NoiseDebt(std::span<std::uint64_t> map) : map_{map} {}

    /// From now on `range`, whole granules, is noise. False when that cannot be remembered: fill it now.
    [[nodiscard]] bool owe(SpaRange range) const;
    /// Fills the granule around `at` if that is owed. `memory` is where system page 0 is seen. Before
    /// every access, by the guest or in its name.
    void settle(Spa at, std::byte* memory) const {
        if (is_owed(at)) pay(at, memory);
    }
    /// `range`, whole granules, is about to be overwritten.
    void forgive(SpaRange range) const;
    [[nodiscard]] bool is_owed(Spa at) const;

private:
    void pay(Spa at, std::byte* memory) const;
    std::span<std::uint64_t> map_;
};

}  // namespace snpemu
