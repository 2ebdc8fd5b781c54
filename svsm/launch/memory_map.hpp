// SPDX-License-Identifier: MIT
// Which guest-physical memory is RAM: the parameter page that the hypervisor filled, checked and merged.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "base/bytes.hpp"
#include "svsm/guest/ram_map.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// The RAM that a memory map parameter page names. `limit` is the weight of the C-bit: an address with that
/// bit would be a second name of another page. BootBlock when an entry wraps, reaches `limit`, or is RAM with
/// the launch VMSA in it, and when there are too many entries. [IGVM "Memory Map"]
[[nodiscard]] BootExpected<RamMap> parse_memory_map(Bytes page, Gpa limit);

/// Screen memory and ROMs of a PC. The SVSM never gives it to the guest, whatever the memory map says. QEMU
/// lists it as RAM, and ends a VM that validates it. A host may also map a ROM there at any time: the SVSM's
/// store to it would be repeated without end, with a lock held. Without that store the host could map a page
/// with the SVSM's secrets there for the guest to read.
inline constexpr GpaRange legacy_area{Gpa{0xa'0000}, Gpa{0x10'0000}};

/// A segment of the guest, from a checked block, as a range.
[[nodiscard]] GpaRange segment_range(const abi::adyton::GuestSegment& segment);

}  // namespace svsm
