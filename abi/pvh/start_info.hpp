// SPDX-License-Identifier: MIT
// What QEMU hands to a kernel it boots directly. [PVH "x86/HVM direct boot ABI"]
#pragma once
#include <cstdint>

namespace abi::pvh {

inline constexpr std::uint32_t start_magic = 0x336e'c578;

struct StartInfo {
    std::uint32_t magic, version, flags, module_count;
    std::uint64_t modules, command_line, rsdp, memory_map;
    std::uint32_t memory_map_entries, reserved;
};
static_assert(sizeof(StartInfo) == 56);

struct Module {
    std::uint64_t address, bytes, command_line, reserved;
};

struct MemoryMapEntry {
    std::uint64_t address, bytes;
    std::uint32_t type, reserved;  ///< type 1: RAM
};
static_assert(sizeof(MemoryMapEntry) == 24);

}  // namespace abi::pvh
