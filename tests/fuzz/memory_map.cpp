// SPDX-License-Identifier: MIT
// The memory map of the hypervisor, compared with a slow and simple reader of the same page.
#include "svsm/guest/memory_map.hpp"

#include <algorithm>
#include <vector>

#include "abi/igvm/format.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using svsm::RamMap;

constexpr std::size_t max_entries = page_bytes / sizeof(abi::igvm::MemoryMapEntry);

/// Sorted and merged; empty when an entry is one that must be refused.
std::optional<std::vector<GpaRange>> read_slowly(Bytes page, Gpa limit) {
    std::vector<GpaRange> ranges;
    for (std::size_t i = 0; i < max_entries; ++i) {
        const auto entry =
            fuzz::from_input<abi::igvm::MemoryMapEntry>(page, i * sizeof(abi::igvm::MemoryMapEntry));
        if (entry.pages == 0) break;
        const auto end = static_cast<unsigned __int128>(entry.start_page) + entry.pages;
        if (end * page_bytes > limit.value()) return std::nullopt;
        if (entry.type == 0)
            ranges.push_back(
                {Gpa{entry.start_page * page_bytes}, Gpa{static_cast<std::uint64_t>(end) * page_bytes}});
    }
    std::ranges::sort(ranges, {}, &GpaRange::begin);
    std::vector<GpaRange> merged;
    for (const GpaRange& range : ranges) {
        if (!merged.empty() && range.begin <= merged.back().end)
            merged.back().end = std::max(merged.back().end, range.end);
        else
            merged.push_back(range);
    }
    return merged;
}

void check_removal(RamMap map, GpaRange hole) {
    const std::uint64_t before = map.bytes();
    std::uint64_t inside = 0;
    for (const GpaRange& range : map)
        if (range.overlaps(hole)) inside += std::min(range.end, hole.end) - std::max(range.begin, hole.begin);
    if (!map.remove(hole)) {
        fuzz::expect(map.bytes() == before, "a refused removal changed the map");
        return;
    }
    fuzz::expect(map.bytes() == before - inside, "a removal took too much or too little");
    for (const GpaRange& range : map) fuzz::expect(!range.overlaps(hole), "a removed range is still RAM");
}

}  // namespace

void fuzz::one_input(Bytes input) {
    Choices choices{input, 1};
    const Gpa limit{1ull << (32 + choices.below(21))};
    const GpaRange hole{Gpa{choices.word() % limit.value()}.page(), limit};
    std::array<std::byte, page_bytes> page{};
    const Bytes rest = input.subspan(std::min<std::size_t>(input.size(), 9));
    std::copy_n(rest.begin(), std::min(rest.size(), page.size()), page.begin());

    const auto map = RamMap::parse(page, limit);
    const auto expected = read_slowly(page, limit);
    if (!map) {
        // Too many ranges for the map, at least on the way, are refused as well.
        expect(!expected || max_entries > svsm::max_ram_ranges, "a sound map was refused");
        return;
    }
    expect(expected.has_value(), "an entry beyond the limit was accepted");
    expect(std::ranges::equal(*map, *expected), "the map differs from what the page says");
    check_removal(*map, hole);
    check_removal(*map, {hole.begin, Gpa{std::min(hole.begin.value() + 0x20'0000, limit.value())}});
}
