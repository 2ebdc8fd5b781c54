// SPDX-License-Identifier: MIT
// Where the SVSM of a firmware lies. OVMF of 2025 knows low memory as one range and validates all of it, so the region has to
// be its end.
#pragma once
#include <cstdint>

#include "base/address.hpp"

namespace tools::payload {

/// Above this QEMU divides the memory: 2 GiB are low, the rest is at 4 GiB.
inline constexpr std::uint64_t most_low_memory = 2ull << 30;
/// Of a trace beside memory that is divided, and beside memory that is not.
inline constexpr std::uint64_t most_trace_beside_divided = 64ull << 20, most_trace_beside_low = 512ull << 20;

struct FirmwareMemory {
    std::uint64_t bytes;         ///< of the guest
    unsigned cpus;
    std::uint64_t region_bytes;  ///< of the SVSM
};

/// The region ends with the guest's memory, or, where there is more than 2 GiB, below what the machine takes for itself at
/// the end of low memory: image, tables by memory and vCPUs, and a trace of the usual size. The machine then ends low memory
/// where the region ends (snpemu/host/division.hpp). Whole 2 MiB.
[[nodiscard]] constexpr std::uint64_t firmware_region(const FirmwareMemory& memory) {
    constexpr std::uint64_t fixed_bytes = most_trace_beside_divided + (64ull << 20), vcpu_bytes = 64ull << 10;
    const std::uint64_t own = fixed_bytes + memory.bytes / 40 + memory.cpus * vcpu_bytes;
    const std::uint64_t end = memory.bytes <= most_low_memory ? memory.bytes : most_low_memory - own;
    return round_down(round_down(end, large_page_bytes) - memory.region_bytes, large_page_bytes);
}
static_assert(firmware_region({512ull << 20, 1, 8ull << 20}) == 504ull << 20 &&
              firmware_region({2ull << 30, 1, 8ull << 20}) == 2040ull << 20 &&
              firmware_region({3ull << 30, 1, 8ull << 20}) == 1834ull << 20 &&
              firmware_region({64ull << 30, 254, 26ull << 20}) > 64ull << 20);

}  // namespace tools::payload
