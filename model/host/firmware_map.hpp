// SPDX-License-Identifier: MIT
// The map of memory that firmware gets from its host, as QEMU makes it: one range from 0 up to the end of low RAM, the
// legacy area included, and what lies at 4 GiB. [QEMU "pc_memory_init"]
#pragma once
#include <cstdint>
#include <span>

#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace model::host {

using FirmwareMap = FixedVector<GpaRange, 8>;

/// `ram` is in the order of addresses. The SVSM's region is left out: firmware validates all that the map names, and some
/// (OVMF 2025.02) knows one low range alone, so an image for such has the region at the end of low RAM. What is left of its
/// last 2 MiB there is left out too.
[[nodiscard]] constexpr FirmwareMap firmware_map(std::span<const GpaRange> ram, GpaRange svsm) {
    constexpr Gpa high{4ull << 30};
    FirmwareMap map;
    // Eight are more than any machine has.
    const auto add = [&](GpaRange range) {
        if (!range.is_empty()) (void)map.push_back(range);
    };
    const auto add_without_svsm = [&](GpaRange range) {
        if (svsm.is_empty() || !range.overlaps(svsm)) return add(range);
        add({range.begin, svsm.begin});
        if (svsm.end < range.end && range.end - svsm.end >= large_page_bytes) add({svsm.end, range.end});
    };
    GpaRange low{};
    for (const GpaRange& range : ram)
        if (range.end <= high) low.end = range.end;
    add_without_svsm(low);
    for (const GpaRange& range : ram)
        if (range.begin >= high) add_without_svsm(range);
    return map;
}

}  // namespace model::host
