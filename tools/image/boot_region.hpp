// SPDX-License-Identifier: MIT
// The boot region of a guest at VMPL0, which an SVSM builds for a guest below it. [docs/guest-abi.md]
#pragma once
#include <vector>

#include "abi/adyton/guest_info.hpp"
#include "tools/image/guest.hpp"

namespace tools::image {

/// Address of `offset` in the region.
constexpr Gpa boot_region_at(std::uint64_t offset) { return Gpa{abi::adyton::guest_boot_region + offset}; }

/// Where code and data segments stand in the region's descriptor table.
struct BootSelectors {
    std::uint16_t code, data;
};
inline constexpr unsigned boot_descriptors = 4;
constexpr BootSelectors boot_selectors(abi::adyton::GuestKind kind) {
    return kind == abi::adyton::GuestKind::Linux ? BootSelectors{0x10, 0x18} : BootSelectors{0x08, 0x10};
}

/// Every page of the region but that of the GHCB, which stays the hypervisor's. The first vCPU is all that the builder
/// knows of; memory ranges are what the guest brings.
[[nodiscard]] std::vector<Page> build_boot_region(const LoadedGuest& guest, unsigned c_bit);

}  // namespace tools::image
