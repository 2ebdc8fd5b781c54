// SPDX-License-Identifier: MIT
// A partition table that firmware accepts: both copies name each other, and the sums fit.
#include "tools/system/partition_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "igvm/crc32.hpp"

namespace tools::system {
namespace {

constexpr std::uint64_t disk_bytes = 64ull << 20, sectors = disk_bytes / sector_bytes;
constexpr std::array partitions{Partition{PartitionType::EfiSystem, "EFI", 1 << 20, 48 << 20},
                                Partition{PartitionType::LinuxData, "root", 49 << 20, 14 << 20}};

template <class T>
T at(const Buffer& bytes, std::size_t offset) {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

/// True when the header of 92 bytes at `offset` has its own sum.
bool has_own_sum(Buffer bytes, std::size_t offset) {
    const auto said = at<std::uint32_t>(bytes, offset + 16);
    std::memset(bytes.data() + offset + 16, 0, 4);
    return igvm::crc32(Bytes{bytes}.subspan(offset, 92)) == said;
}

TEST(PartitionTable, lies_in_the_first_34_sectors_and_again_in_the_last_33) {
    const PartitionTable table = partition_table(disk_bytes, partitions);
    EXPECT_EQ(table.head.size(), 34 * sector_bytes);
    EXPECT_EQ(table.tail.size(), 33 * sector_bytes);
    EXPECT_EQ(at<std::uint16_t>(table.head, 510), 0xaa55);
    EXPECT_EQ(at<std::uint8_t>(table.head, 450), 0xee) << "the type that keeps older software away";
}

TEST(PartitionTable, both_headers_name_each_other_and_have_their_own_sums) {
    const PartitionTable table = partition_table(disk_bytes, partitions);
    const std::size_t first = sector_bytes, second = 32 * sector_bytes;
    EXPECT_EQ(std::memcmp(table.head.data() + first, "EFI PART", 8), 0);
    EXPECT_EQ(at<std::uint64_t>(table.head, first + 24), 1u);
    EXPECT_EQ(at<std::uint64_t>(table.head, first + 32), sectors - 1);
    EXPECT_EQ(at<std::uint64_t>(table.tail, second + 24), sectors - 1);
    EXPECT_EQ(at<std::uint64_t>(table.tail, second + 32), 1u);
    EXPECT_EQ(at<std::uint64_t>(table.tail, second + 72), sectors - 33) << "its own list of partitions";
    EXPECT_TRUE(has_own_sum(table.head, first));
    EXPECT_TRUE(has_own_sum(table.tail, second));
}

TEST(PartitionTable, names_first_and_last_sector_of_each_partition) {
    const PartitionTable table = partition_table(disk_bytes, partitions);
    const std::size_t list = 2 * sector_bytes;
    EXPECT_EQ(at<std::uint32_t>(table.head, sector_bytes + 88), igvm::crc32(Bytes{table.head}.subspan(list)));
    EXPECT_EQ(at<std::uint32_t>(table.head, list), 0xc12a7328) << "an EFI system partition";
    EXPECT_EQ(at<std::uint64_t>(table.head, list + 32), 2048u);
    EXPECT_EQ(at<std::uint64_t>(table.head, list + 40), 2048u + (48 << 11) - 1);
    EXPECT_EQ(at<std::uint16_t>(table.head, list + 56), 'E');
    EXPECT_EQ(at<std::uint32_t>(table.head, list + 128), 0x0fc63daf) << "data of Linux";
    EXPECT_EQ(at<std::uint64_t>(table.head, list + 128 + 32), 49u << 11);
}

}  // namespace
}  // namespace tools::system
