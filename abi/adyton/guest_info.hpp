// SPDX-License-Identifier: MIT
// What an ELF guest finds when it starts. docs/guest-abi.md is the contract; this is its C++ form.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "abi/adyton/boot_block.hpp"
#include "abi/adyton/limits.hpp"

namespace abi::adyton {

inline constexpr std::uint64_t guest_info_magic = 0x3149'4753'5359'4441;  // "ADYSSGI1"
inline constexpr std::uint32_t guest_info_version = 1;

struct GuestMemoryRange {
    std::uint64_t gpa, bytes;
};

/// First page of the boot region; its address is in RDI when the guest starts.
struct GuestInfo {
    std::uint64_t magic;
    std::uint32_t version, vmpl, cpu_count, c_bit;
    std::uint64_t secrets_gpa, cpuid_gpa, calling_area_gpa;
    std::uint64_t ghcb_gpa;        ///< shared already and mapped shared; not registered yet
    std::uint64_t page_table_gpa;  ///< root in use: identity map of 0..4 GiB, private
    std::uint64_t stack_top;
    std::uint32_t memory_range_count, reserved;
    std::array<GuestMemoryRange, 32> memory;  ///< validated RAM the guest may use, its own image included
    std::array<std::uint32_t, max_vcpus> apic_ids;  ///< the boot vCPU's is the first
};
static_assert(offsetof(GuestInfo, secrets_gpa) == 0x18 && offsetof(GuestInfo, ghcb_gpa) == 0x30);
static_assert(offsetof(GuestInfo, memory_range_count) == 0x48 && offsetof(GuestInfo, memory) == 0x50);
static_assert(offsetof(GuestInfo, apic_ids) == 0x250);

/// Offsets inside the boot region.
struct GuestBootLayout {
    static constexpr std::uint64_t info = 0x0000, secrets = 0x1000, cpuid = 0x2000, calling_area = 0x3000,
                                   ghcb = 0x4000, gdt = 0x5000, page_tables = 0x6000, stack = 0x10000,
                                   stack_top = 0x20000, cc_blob = 0x21000;
};

/// I/O ports a guest uses through its GHCB: console and verdict.
inline constexpr std::uint16_t console_port = 0x3f8;
/// Writing 0 reports success, anything else (1..255) failure; the machine stops.
inline constexpr std::uint16_t report_port = 0xf4;
/// Text written here marks a moment in the machine's trace, one line a mark. It is the debug port that QEMU's
/// firmware writes to, so a host without a trace ignores it.
inline constexpr std::uint16_t mark_port = 0x402;

}  // namespace abi::adyton
