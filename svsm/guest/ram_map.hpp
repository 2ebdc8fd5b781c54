// SPDX-License-Identifier: MIT
// A set of guest-physical addresses: the RAM.
#pragma once
#include <cstddef>
#include <optional>

#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace svsm {

inline constexpr std::size_t max_ram_ranges = 32;

/// Sorted, page-aligned ranges that neither overlap nor touch.
class RamMap {
public:
    /// Adds a range and merges what touches. False when full; nothing has changed then.
    [[nodiscard]] bool add(GpaRange range);
    /// Removes a range. False when that would need more ranges than fit; nothing has changed then.
    [[nodiscard]] bool remove(GpaRange range);
    /// True when every byte of `range` is RAM.
    [[nodiscard]] bool contains(GpaRange range) const;
    [[nodiscard]] std::uint64_t bytes() const;
    [[nodiscard]] const GpaRange* begin() const { return ranges_.begin(); }
    [[nodiscard]] const GpaRange* end() const { return ranges_.end(); }
    [[nodiscard]] std::size_t size() const { return ranges_.size(); }

private:
    using Ranges = FixedVector<GpaRange, max_ram_ranges>;
    [[nodiscard]] static bool append(Ranges& ranges, GpaRange range);
    Ranges ranges_;
};

/// The 4 KiB or 2 MiB page at `page`; empty when it would wrap.
[[nodiscard]] constexpr std::optional<GpaRange> page_range(Gpa page, PageSize size) {
    return GpaRange::make(page, bytes_of(size));
}

}  // namespace svsm
