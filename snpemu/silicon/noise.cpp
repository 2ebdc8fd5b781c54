// SPDX-License-Identifier: MIT
#include "snpemu/silicon/noise.hpp"

namespace snpemu {
namespace {

struct Bit {
    std::uint64_t word, mask;
};

Bit bit_of(Spa at) {
    const std::uint64_t granule = at.value() / NoiseDebt::granule_bytes;
    return {granule / 64, std::uint64_t{1} << granule % 64};
}

}  // namespace

void fill_with_noise(std::byte* at, Spa page, std::uint64_t bytes) {
    for (std::uint64_t done = 0; done < bytes; done += page_bytes) {
        const std::uint64_t noise = ((page.value() + done) / page_bytes + 1) * 0x9e37'79b9'7f4a'7c15;
        auto* words = at + done;
        std::uint64_t count = page_bytes / sizeof noise;
        // One instruction: QEMU, which translates instructions, is slow at a loop.
        asm volatile("rep stosq" : "+D"(words), "+c"(count) : "a"(noise) : "memory");
    }
}

bool NoiseDebt::is_owed(Spa at) const {
    const auto [word, mask] = bit_of(at);
    return word < map_.size() && (map_[word] & mask) != 0;
}

bool NoiseDebt::owe(SpaRange range) const {
    if (!range.begin.is_aligned(granule_bytes) || !range.end.is_aligned(granule_bytes) || range.is_empty() ||
        bit_of(range.end - 1).word >= map_.size())
        return false;
    for (auto at = range.begin; at < range.end; at = at + granule_bytes) {
        const auto [word, mask] = bit_of(at);
        map_[word] |= mask;
    }
    return true;
}

void NoiseDebt::forgive(SpaRange range) const {
    for (auto at = range.begin; at < range.end; at = at + granule_bytes) {
        const auto [word, mask] = bit_of(at);
        if (word < map_.size()) map_[word] &= ~mask;
    }
}

void NoiseDebt::pay(Spa at, std::byte* memory) const {
    const Spa begin{round_down(at.value(), granule_bytes)};
    fill_with_noise(memory + begin.value(), begin, granule_bytes);
    forgive({begin, begin + granule_bytes});
}

}  // namespace snpemu
