// SPDX-License-Identifier: MIT
// Keeps the ranges sorted and merged.
#include "svsm/guest/ram_map.hpp"

#include <algorithm>

namespace svsm {

bool RamMap::append(Ranges& ranges, GpaRange range) {
    if (range.is_empty()) return true;
    if (!ranges.empty() && range.begin <= ranges[ranges.size() - 1].end) {
        auto& last = ranges[ranges.size() - 1];
        last.end = std::max(last.end, range.end);
        return true;
    }
    return ranges.push_back(range);
}

bool RamMap::add(GpaRange range) {
    Ranges result;
    bool placed = false;
    for (const auto& old : ranges_) {
        if (!placed && range.begin < old.begin) {
            if (!append(result, range)) return false;
            placed = true;
        }
        if (!append(result, old)) return false;
    }
    if (!placed && !append(result, range)) return false;
    ranges_ = result;
    return true;
}

bool RamMap::remove(GpaRange range) {
    Ranges result;
    for (const auto& old : ranges_) {
        if (!old.overlaps(range)) {
            if (!result.push_back(old)) return false;
            continue;
        }
        if (old.begin < range.begin && !result.push_back({old.begin, range.begin})) return false;
        if (range.end < old.end && !result.push_back({range.end, old.end})) return false;
    }
    ranges_ = result;
    return true;
}

/// Runs for every page that a call names, so the check for a wrapping address is off: `ram` never
/// leaves the ranges.
[[clang::no_sanitize("pointer-overflow")]] bool RamMap::contains(GpaRange range) const {
    const auto* ram = ranges_.begin();
    for (auto left = ranges_.size(); left != 0; --left, ++ram)
        if (ram->contains(range)) return true;
    return false;
}

std::uint64_t RamMap::bytes() const {
    std::uint64_t sum = 0;
    for (const auto& range : ranges_) sum += range.size();
    return sum;
}

}  // namespace svsm
