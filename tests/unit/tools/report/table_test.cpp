// SPDX-License-Identifier: MIT
// The table of certificates, right and wrong.
#include "tools/report/table.hpp"

#include <gtest/gtest.h>

#include "abi/snp/certificate_table.hpp"
#include "tests/unit/tools/report/table_maker.hpp"

namespace tools::attestation {
namespace {

std::string sentence_of(const Buffer& bytes) {
    const auto table = parse_table(bytes, "t");
    return table ? "accepted" : table.error().sentence;
}

TEST(Table, gives_the_bytes_of_each_entry) {
    const Buffer first = bytes_from({1, 2, 3}), second = bytes_from({4});
    const Buffer bytes = make_table({{abi::vcek_guid, first}, {abi::ark_guid, second}});
    ASSERT_TRUE(looks_like_table(bytes));
    const auto table = *parse_table(bytes, "t");
    ASSERT_EQ(table.size(), 2u);
    EXPECT_EQ(Buffer(table[0].data.begin(), table[0].data.end()), first);
    EXPECT_EQ(Buffer(table[1].data.begin(), table[1].data.end()), second);
    EXPECT_EQ(table[1].guid, abi::ark_guid);
}

TEST(Table, of_zeros_has_no_entries) {
    const Buffer zeros(24);
    EXPECT_TRUE(looks_like_table(zeros));
    EXPECT_TRUE(parse_table(zeros, "t")->empty());
}

TEST(Table, is_told_from_certificates) {
    EXPECT_FALSE(looks_like_table(bytes_from({0x30, 0x82, 5, 0x4c})));
    EXPECT_FALSE(looks_like_table(Buffer(100, std::byte{0x30})));
    EXPECT_FALSE(looks_like_table({}));
}

TEST(TableRefuses, what_has_no_end) {
    EXPECT_EQ(sentence_of({}), "t: byte 0x0: the table of certificates has no end");
    Buffer bytes = make_table({{abi::vcek_guid, bytes_from({1})}});
    bytes.resize(47);
    EXPECT_EQ(sentence_of(bytes), "t: byte 0x18: the table of certificates has no end");
}

TEST(TableRefuses, entries_outside_and_in_the_table) {
    const auto with = [](std::uint32_t offset, std::uint32_t size) {
        Buffer bytes = make_table({{abi::vcek_guid, Buffer(10)}});
        const abi::CertificateTableEntry entry{abi::vcek_guid, offset, size};
        std::memcpy(bytes.data(), &entry, sizeof entry);
        return sentence_of(bytes);
    };
    EXPECT_EQ(with(48, 10), "accepted");
    EXPECT_EQ(with(48, 11), "t: byte 0x0: this entry of the table ends outside the file");
    EXPECT_EQ(with(59, 0), "t: byte 0x0: this entry of the table ends outside the file");
    EXPECT_EQ(with(0xffff'ffff, 0xffff'ffff), "t: byte 0x0: this entry of the table ends outside the file");
    EXPECT_EQ(with(47, 4), "t: byte 0x0: this entry of the table lies in the table itself");
    EXPECT_EQ(with(0, 4), "t: byte 0x0: this entry of the table lies in the table itself");
}

TEST(TableRefuses, entries_that_overlap_or_come_twice) {
    Buffer bytes = make_table({{abi::vcek_guid, Buffer(10)}, {abi::ask_guid, Buffer(10)}});
    EXPECT_EQ(sentence_of(bytes), "accepted");
    abi::CertificateTableEntry entry{abi::ask_guid, 72 + 9, 10};
    std::memcpy(bytes.data() + 24, &entry, sizeof entry);
    EXPECT_EQ(sentence_of(bytes), "t: byte 0x18: this entry of the table overlaps another one");
    entry = {abi::vcek_guid, 72 + 10, 10};
    std::memcpy(bytes.data() + 24, &entry, sizeof entry);
    EXPECT_EQ(sentence_of(bytes), "t: byte 0x18: the table has an entry of this kind already");
}

TEST(TableRefuses, more_entries_than_any_host_has) {
    std::vector<TablePart> parts;
    for (std::uint8_t i = 1; i <= 65; ++i) parts.push_back({Guid{i}, {}});
    EXPECT_EQ(sentence_of(make_table(parts)), "t: byte 0x600: the table has more than 64 entries");
    parts.pop_back();
    EXPECT_EQ(sentence_of(make_table(parts)), "accepted");
}

}  // namespace
}  // namespace tools::attestation
