// SPDX-License-Identifier: MIT
// Functions of CPUID that have several entries each.
#pragma once
#include "snpemu/host/cpuid_table.hpp"

namespace snpemu {

/// ECX of these functions chooses among entries; of all others it means nothing.
[[nodiscard]] constexpr bool has_subfunctions(std::uint32_t function) {
    return function == 4 || function == 7 || function == 0xb || function == 0xd || function == 0x8000'001d;
}

/// The first entry of the page for these two; all zero without one.
[[nodiscard]] CpuidValue find_entry(const abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub);

// Each appends to the page; the entries fit.

/// Functions 4 and 8000_001D: the caches of the CPU beneath, the last one shared by all vCPUs.
void add_cache_leaves(abi::CpuidPage& page, NativeCpuid native, unsigned cpu_count);
/// Functions Bh and 8000_001E: one thread per core, one socket. Per-vCPU fields are those of the first.
void add_topology_leaves(abi::CpuidPage& page, unsigned cpu_count, unsigned apic_id_bits);
/// Function Dh: sizes for XCR0 = 1 in 0 and 1, as the AMD-SP wants them.
void add_xsave_leaves(abi::CpuidPage& page, NativeCpuid native);

/// EBX of function Dh, subfunction 0: bytes of an image with the states of `xcr0` in the standard format.
[[nodiscard]] std::uint32_t standard_xsave_bytes(const abi::CpuidPage& page, std::uint64_t xcr0);
/// EBX of subfunction 1: the same, compacted.
[[nodiscard]] std::uint32_t compacted_xsave_bytes(const abi::CpuidPage& page, std::uint64_t xcr0);

}  // namespace snpemu
