// SPDX-License-Identifier: MIT
// The IOMMU that QEMU puts between its PCI devices and memory. No guest sees it: it lies outside of what
// guests reach, and no table names it.
#pragma once
#include <cstdint>
#include <optional>

#include "base/address.hpp"

namespace snpemu::iommu {

/// From now on every device, on every bus, reaches what the tables at `root` show (three levels), and nothing
/// else. Stops the machine when QEMU has no IOMMU.
void enable(std::uint64_t root);

/// Makes it forget what it remembers of `pages` (4 KiB, or an aligned power of two of them). Later accesses
/// see the tables as they are now; one that has begun is not called back.
void forget(GpaRange pages);

/// An access of a device that was refused.
struct Refusal {
    std::uint16_t source;  ///< abi::vtd::SourceId
    bool was_write;
    Gpa page;
};
/// The oldest that nobody has taken yet. The device keeps one record: what comes meanwhile is lost.
[[nodiscard]] std::optional<Refusal> take_refusal();

}  // namespace snpemu::iommu
