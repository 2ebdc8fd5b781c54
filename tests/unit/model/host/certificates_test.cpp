// SPDX-License-Identifier: MIT
// The table of certificates that a host writes.
#include "model/host/certificates.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace model::host {
namespace {

using Entry = abi::CertificateTableEntry;

Entry entry(Bytes table, std::size_t number) { return load<Entry>(table, number * sizeof(Entry)).value(); }

TEST(CertificateTable, has_an_entry_for_each_and_an_empty_one) {
    const std::vector<std::byte> vcek(100, std::byte{1}), ark(50, std::byte{2});
    const Certificate all[]{{abi::vcek_guid, vcek}, {abi::ark_guid, ark}};
    EXPECT_EQ(table_bytes(all), 3 * 24u + 150);
    EXPECT_EQ(table_pages(all), 1u);
    std::vector<std::byte> table(page_bytes, std::byte{0xee});
    ASSERT_TRUE(write_table(all, table));
    EXPECT_EQ(entry(table, 0).guid, abi::vcek_guid);
    EXPECT_EQ(entry(table, 0).offset, 72u);
    EXPECT_EQ(entry(table, 0).bytes, 100u);
    EXPECT_EQ(entry(table, 1).guid, abi::ark_guid);
    EXPECT_EQ(entry(table, 1).offset, 172u);
    EXPECT_EQ(entry(table, 2).guid, Guid{});
    EXPECT_EQ(table[72], std::byte{1});
    EXPECT_EQ(table[221], std::byte{2});
    EXPECT_EQ(table[222], std::byte{0}) << "nothing of the page before";
}

TEST(CertificateTable, without_certificates_is_an_empty_entry) {
    std::vector<std::byte> table(page_bytes, std::byte{0xee});
    EXPECT_EQ(table_pages({}), 1u);
    ASSERT_TRUE(write_table({}, table));
    EXPECT_EQ(entry(table, 0).guid, Guid{});
    EXPECT_EQ(entry(table, 0).bytes, 0u);
}

TEST(CertificateTable, is_not_written_where_it_does_not_fit) {
    const std::vector<std::byte> der(page_bytes - 47, std::byte{1});
    const Certificate one[]{{abi::vcek_guid, der}};
    EXPECT_EQ(table_pages(one), 2u);
    std::vector<std::byte> table(page_bytes, std::byte{0xee});
    EXPECT_FALSE(write_table(one, table));
    EXPECT_EQ(table[0], std::byte{0xee});
    const std::vector<Certificate> many(most_certificates + 1, Certificate{abi::vcek_guid, {}});
    EXPECT_FALSE(write_table(many, table));
}

}  // namespace
}  // namespace model::host
