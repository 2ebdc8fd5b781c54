// SPDX-License-Identifier: MIT
// What OVMF tells a loader of itself: a table of blocks at the end of the file, and the sections of memory that it wants
// from a loader of SEV-SNP guests. [EDK2 "OvmfPkg/ResetVector"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/guid.hpp"

namespace abi::ovmf {

using ::Guid, ::guid;

/// Every block ends with this; its data lies before it. `bytes` counts both.
struct [[gnu::packed]] BlockEnd {
    std::uint16_t bytes;
    Guid name;
};
static_assert(sizeof(BlockEnd) == 18);
/// Bytes of the file behind the table: the reset vector.
inline constexpr std::uint64_t bytes_behind_table = 0x20;

/// The block at the table's end, whose length is that of the table.
inline constexpr Guid table_footer = guid("96b582de-1fb2-45f7-baea-a366c55a082d");
/// u32: where an AP starts in a guest without SNP; its upper half is that of CS.base, its lower half is IP.
inline constexpr Guid es_reset_block = guid("00f771de-1a7e-4fcb-890e-68c77e2fb44e");
/// u32 address, u32 bytes: where a loader puts the hashes of kernel, initrd and command line.
inline constexpr Guid hash_table_block = guid("7255371f-3a3b-4b04-927b-1da6efa8d454");
/// u32: distance of the SEV metadata from the file's end.
inline constexpr Guid sev_metadata_block = guid("dc886566-984a-4798-a75e-5585a7bf67cc");

inline constexpr std::uint32_t sev_metadata_magic = 0x5645'5341;  // "ASEV"
struct SevMetadata {
    std::uint32_t magic, bytes, version, sections;
};
enum class SectionType : std::uint32_t {
    SecMemory = 1,
    Secrets = 2,
    Cpuid = 3,
    SvsmCaa = 4,
    KernelHashes = 0x10
};
struct SevSection {
    std::uint32_t gpa, bytes, type;
};
static_assert(sizeof(SevMetadata) == 16 && sizeof(SevSection) == 12);

/// The table of hashes, and what each line of it is for.
inline constexpr Guid hash_table = guid("9438d606-4f22-4cc9-b479-a793d411fd21"),
                      command_line_hash = guid("97d02dd8-bd20-4c94-aa78-e7714d36ab2a"),
                      initrd_hash = guid("44baf731-3a2f-4bd7-9af1-41e29169781d"),
                      kernel_hash = guid("4de79437-abd2-427f-b835-d5b172d2045b");
struct [[gnu::packed]] HashEntry {
    Guid name;
    std::uint16_t bytes;
    std::array<std::byte, 32> sha256;
};
struct [[gnu::packed]] HashTable {
    Guid name;
    std::uint16_t bytes;  ///< of the table without the padding
    HashEntry command_line, initrd, kernel;
    std::uint8_t padding[8];
};
static_assert(sizeof(HashEntry) == 50 && sizeof(HashTable) == 176 && offsetof(HashTable, padding) == 168);

}  // namespace abi::ovmf
