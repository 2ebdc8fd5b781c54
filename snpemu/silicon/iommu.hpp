// SPDX-License-Identifier: MIT
// The IOMMU that QEMU puts between its PCI devices and memory. No guest sees it: its registers lie outside
// the addresses that guests reach, and no ACPI table names it.
#pragma once
#include <cstdint>
#include <optional>

#include "base/address.hpp"

namespace snpemu::iommu {

/// From now on every device, on every bus, reaches the memory that the tables at `root` (three levels) map,
/// and nothing else. Stops the machine when QEMU has no IOMMU.
void enable(std::uint64_t root);

/// Flushes the translations of `pages` (4 KiB, or an aligned power of two of them). Later accesses walk the
/// tables as they are now; an access that has begun goes on.
void forget(GpaRange pages);

/// An access of a device that the IOMMU refused.
struct Refusal {
    std::uint16_t source;  ///< abi::vtd::SourceId
    bool was_write;
    Gpa page;
};
/// The oldest record that the machine has not taken yet. The device keeps one; it drops
/// further ones meanwhile.
[[nodiscard]] std::optional<Refusal> take_refusal();

}  // namespace snpemu::iommu
