// SPDX-License-Identifier: MIT
#include "tools/system/partition_table.hpp"

#include <array>
#include <cstring>

#include "igvm/crc32.hpp"

namespace tools::system {
namespace {

constexpr std::size_t entry_bytes = 128, entry_count = 128, header_bytes = 92;
constexpr std::size_t entries_bytes = entry_bytes * entry_count;
constexpr std::uint64_t entries_sectors = entries_bytes / sector_bytes;

using Guid = std::array<std::uint8_t, 16>;

/// As stored: the first three fields little-endian. [UEFI "GPT Partition Entry"; Discoverable Partitions]
constexpr Guid efi_system{0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
                          0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
constexpr Guid linux_data{0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
                          0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4};

/// Always the same: the system finds its disk by the label of a file system.
constexpr Guid own_guid(std::uint8_t number) {
    return {0, 0, 0x7a, 0xad, 0, 0, 0, 0x40, 0x80, 0, 0, 0, 0, 0, 0, number};
}

template <class T>
void put(Buffer& to, std::size_t at, const T& value) {
    std::memcpy(to.data() + at, &value, sizeof value);
}

std::uint32_t sum(const Buffer& bytes, std::size_t at, std::size_t count) {
    return igvm::crc32(Bytes{bytes}.subspan(at, count));
}

Buffer entries(std::span<const Partition> partitions) {
    Buffer bytes(entries_bytes);
    for (std::size_t i = 0; i < partitions.size(); ++i) {
        const Partition& partition = partitions[i];
        const std::size_t at = i * entry_bytes;
        put(bytes, at, partition.type == PartitionType::EfiSystem ? efi_system : linux_data);
        put(bytes, at + 16, own_guid(static_cast<std::uint8_t>(i + 2)));
        put(bytes, at + 32, partition.begin / sector_bytes);
        put(bytes, at + 40, (partition.begin + partition.bytes) / sector_bytes - 1);
        for (std::size_t c = 0; c < partition.name.size(); ++c)
            put(bytes, at + 56 + 2 * c, static_cast<std::uint16_t>(partition.name[c]));
    }
    return bytes;
}

/// Where one copy lies, in sectors.
struct Place {
    std::uint64_t header, other_header, entries;
};

/// [UEFI "GPT Header"]
Buffer header(std::uint64_t sectors, const Place& place, std::uint32_t entries_sum) {
    Buffer bytes(sector_bytes);
    put(bytes, 0, std::array{'E', 'F', 'I', ' ', 'P', 'A', 'R', 'T'});
    put(bytes, 8, std::uint32_t{0x10000});
    put(bytes, 12, std::uint32_t{header_bytes});
    put(bytes, 24, place.header);
    put(bytes, 32, place.other_header);
    put(bytes, 40, entries_sectors + 2);
    put(bytes, 48, sectors - entries_sectors - 2);
    put(bytes, 56, own_guid(1));
    put(bytes, 72, place.entries);
    put(bytes, 80, std::uint32_t{entry_count});
    put(bytes, 84, std::uint32_t{entry_bytes});
    put(bytes, 88, entries_sum);
    put(bytes, 16, sum(bytes, 0, header_bytes));  // computed while the field itself is zero
    return bytes;
}

/// One partition that says to older software: all is taken. [UEFI "Protective MBR"]
Buffer protective_mbr(std::uint64_t sectors) {
    Buffer bytes(sector_bytes);
    put(bytes, 446, std::array<std::uint8_t, 8>{0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff});
    put(bytes, 454, std::uint32_t{1});
    put(bytes, 458, static_cast<std::uint32_t>(sectors - 1));
    put(bytes, 510, std::uint16_t{0xaa55});
    return bytes;
}

void append(Buffer& to, const Buffer& bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

}  // namespace

PartitionTable partition_table(std::uint64_t disk_bytes, std::span<const Partition> partitions) {
    const std::uint64_t sectors = disk_bytes / sector_bytes, last = sectors - 1;
    const Buffer list = entries(partitions);
    const std::uint32_t list_sum = igvm::crc32(list);
    PartitionTable table{protective_mbr(sectors), list};
    append(table.head, header(sectors, {1, last, 2}, list_sum));
    append(table.head, list);
    append(table.tail, header(sectors, {last, 1, last - entries_sectors}, list_sum));
    return table;
}

}  // namespace tools::system
