// SPDX-License-Identifier: MIT
// The partition table of a disk that UEFI starts from.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "tools/support/file.hpp"

namespace tools::system {

inline constexpr std::uint64_t sector_bytes = 512;
/// Partitions begin at whole MiB, behind the table.
inline constexpr std::uint64_t first_partition = 1ull << 20;
/// What a copy of the table takes at the disk's end; a whole MiB, too.
inline constexpr std::uint64_t table_room = 1ull << 20;

enum class PartitionType { EfiSystem, LinuxData };

struct Partition {
    PartitionType type;
    std::string_view name;        ///< ASCII, 36 characters at most
    std::uint64_t begin, bytes;   ///< multiples of `sector_bytes`
};

/// The table's two copies: for the disk's first and last bytes.
struct PartitionTable {
    Buffer head, tail;
};
/// A GPT with a protective MBR. The partitions lie between both copies and do not overlap; 4 at most.
/// [UEFI "GUID Partition Table (GPT) Disk Layout"]
[[nodiscard]] PartitionTable partition_table(std::uint64_t disk_bytes, std::span<const Partition> partitions);

}  // namespace tools::system
