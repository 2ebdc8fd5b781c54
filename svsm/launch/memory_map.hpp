// SPDX-License-Identifier: MIT
// Which guest-physical memory is RAM: the parameter page that the hypervisor filled, checked and tidied.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "base/bytes.hpp"
#include "svsm/guest/ram_map.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// The RAM that a memory map parameter page names. BootBlock when an entry wraps, reaches `limit` (the
/// C-bit's weight: an address with that bit would be a second name of another page) or is RAM with the page
/// of the launch VMSA in it, which is the SVSM's, or when there are too many. [IGVM "Memory Map"]
[[nodiscard]] BootExpected<RamMap> parse_memory_map(Bytes page, Gpa limit);

/// Screen memory and ROMs of a PC. Never the guest's, whatever the memory map says: QEMU's lists it as RAM,
/// and ends the VM that validates it. A host may also put a ROM there at any time, and a store of ours to it
/// would be repeated for ever, with a lock held; without that store a page with the SVSM's secrets could be
/// put there for the guest to read.
inline constexpr GpaRange legacy_area{Gpa{0xa'0000}, Gpa{0x10'0000}};

/// A segment of the guest as a range; the block has been checked.
[[nodiscard]] GpaRange segment_range(const abi::adyton::GuestSegment& segment);

}  // namespace svsm
