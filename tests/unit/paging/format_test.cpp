// SPDX-License-Identifier: MIT
// What an entry says, bit by bit.
#include "paging/format.hpp"

#include <array>

#include <gtest/gtest.h>

namespace paging {
namespace {

using abi::Pte;
constexpr Entry c_bit = 1ull << 51;
constexpr Format format{4, Pte::present, Pte::present | Pte::writable | c_bit, c_bit};

TEST(PagingFormat, an_entry_covers_4_KiB_2_MiB_1_GiB) {
    EXPECT_EQ(bytes_at(1), 4096u);
    EXPECT_EQ(bytes_at(2), 2u << 20);
    EXPECT_EQ(bytes_at(3), 1u << 30);
    EXPECT_EQ(bytes_at(5), 1ull << 48);
}

TEST(PagingFormat, the_c_bit_is_no_part_of_an_address) {
    const Entry link = format.to_table(0x1234'5000);
    EXPECT_EQ(link, 0x1234'5003 | c_bit);
    EXPECT_EQ(format.table_of(link), 0x1234'5000u);
    EXPECT_EQ(format.page_of(0x1234'5000 | c_bit | Pte::no_execute | 0xfff, 1), 0x1234'5000u);
}

TEST(PagingFormat, without_a_c_bit_that_address_bit_counts) {
    constexpr Format plain{};
    EXPECT_EQ(plain.table_of(0x5003 | c_bit), 0x5000 | c_bit);
}

TEST(PagingFormat, large_says_leaf_only_where_leaves_can_be) {
    EXPECT_TRUE(Format::is_leaf(Pte::present, 1));
    EXPECT_FALSE(Format::is_leaf(Pte::present, 2));
    EXPECT_TRUE(Format::is_leaf(Pte::present | Pte::large, 2));
    EXPECT_TRUE(Format::is_leaf(Pte::present | Pte::large, 3));
    EXPECT_FALSE(Format::is_leaf(Pte::present | Pte::large, 4));
    EXPECT_EQ(Format::to_page(0x20'0000, 2, 3), 0x20'0083u);
    EXPECT_EQ(Format::to_page(0x20'0000, 1, 3), 0x20'0003u);
}

TEST(PagingFormat, any_bit_of_presence_will_do) {
    constexpr Format iommu{3, 3, 3, 0};
    EXPECT_TRUE(iommu.is_present(1) && iommu.is_present(2));
    EXPECT_FALSE(iommu.is_present(0x1000));
}

TEST(PagingSplit, of_2_MiB_keeps_every_bit_but_large) {
    std::array<Entry, 512> table{};
    constexpr Entry bits = Pte::present | Pte::user | Pte::dirty | Pte::no_execute | c_bit | 0x200;
    split(format, Format::to_page(0x4060'0000, 2, bits), 2, Table{table});
    for (std::uint64_t i = 0; i < table.size(); ++i) EXPECT_EQ(table[i], (0x4060'0000 + i * 4096) | bits);
}

TEST(PagingSplit, of_1_GiB_gives_large_leaves) {
    std::array<Entry, 512> table{};
    split(format, Format::to_page(1ull << 34, 3, 3), 3, Table{table});
    for (std::uint64_t i = 0; i < table.size(); ++i) EXPECT_EQ(table[i], ((1ull << 34) + (i << 21)) | 0x83);
}

TEST(PagingSplit, the_third_pat_bit_moves_from_12_to_7) {
    // [APM2 "Page-Attribute Table Mechanism"]: bit 12 of a large leaf, bit 7 of a small one.
    std::array<Entry, 512> table{};
    split(format, Format::to_page(1ull << 34, 3, 3 | 1 << 12), 3, Table{table});
    EXPECT_EQ(table[1], ((1ull << 34) + (1 << 21)) | 0x1083);
    split(format, Format::to_page(1ull << 34, 2, 3 | 1 << 12), 2, Table{table});
    EXPECT_EQ(table[1], ((1ull << 34) + 4096) | 0x83);
}

}  // namespace
}  // namespace paging
