// SPDX-License-Identifier: MIT
// Which guest-physical memory is RAM: from the parameter page that the hypervisor filled, checked and tidied.
#pragma once
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "svsm/result.hpp"

namespace svsm {

inline constexpr std::size_t max_ram_ranges = 32;

/// Sorted, page-aligned ranges that neither overlap nor touch.
class RamMap {
public:
    /// Reads a memory map parameter page. BootBlock when an entry wraps, reaches `limit` (the C-bit's weight:
    /// an address with that bit would be a second name of another page) or is RAM with the page of the launch
    /// VMSA in it, which is the SVSM's, or when there are too many. [IGVM "Memory Map"]
    [[nodiscard]] static BootExpected<RamMap> parse(Bytes page, Gpa limit);

    /// Adds a range and merges what touches. False when full; nothing has changed then.
    [[nodiscard]] bool add(GpaRange range);
    /// Takes a range out. False when that would need more ranges than fit; nothing has changed then.
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

/// Screen memory and ROMs of a PC. Never the guest's, whatever the memory map says: QEMU's lists it as RAM,
/// and ends the VM that validates it. A host may also put a ROM there at any time, and a store of ours to it
/// would be repeated for ever, with a lock held; without that store a page with the SVSM's secrets could be
/// put there for the guest to read.
inline constexpr GpaRange legacy_area{Gpa{0xa'0000}, Gpa{0x10'0000}};

/// The 4 KiB or 2 MiB page at `page`; empty when it would wrap.
[[nodiscard]] constexpr std::optional<GpaRange> page_range(Gpa page, PageSize size) {
    return GpaRange::make(page, bytes_of(size));
}

}  // namespace svsm
