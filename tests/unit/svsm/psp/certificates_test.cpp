// SPDX-License-Identifier: MIT
// How long a host's table of certificates is, whatever the host writes there.
#include "svsm/psp/certificates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <vector>

#include "abi/snp/certificate_table.hpp"
#include "base/address.hpp"

namespace svsm::psp {
namespace {

using abi::CertificateTableEntry;
constexpr std::uint64_t room = 4 * page_bytes;

std::uint64_t length_of(const std::vector<CertificateTableEntry>& entries) {
    std::vector<std::byte> pages(room);
    std::ranges::copy(std::as_bytes(std::span{entries}), pages.begin());
    return certificate_bytes(pages.data(), room);
}

TEST(Certificates, none) { EXPECT_EQ(length_of({}), 0u); }

TEST(Certificates, a_chain_of_three_ends_with_the_last_byte_of_any) {
    EXPECT_EQ(
        length_of({{abi::vcek_guid, 96, 1417}, {abi::ark_guid, 3252, 1701}, {abi::ask_guid, 1513, 1739}}),
        4953u);
}

TEST(Certificates, a_table_counts_where_its_certificates_end_before_it) {
    EXPECT_EQ(length_of({{abi::vcek_guid, 0, 1}}), 48u);
}

TEST(Certificates, they_may_fill_the_room_but_not_leave_it) {
    EXPECT_EQ(length_of({{abi::vcek_guid, 48, room - 48}}), room);
    EXPECT_EQ(length_of({{abi::vcek_guid, 48, room - 47}}), 0u);
    EXPECT_EQ(length_of({{abi::vcek_guid, 0xffff'ffff, 0xffff'ffff}}), 0u);
    EXPECT_EQ(length_of({{abi::vcek_guid, 48, 8}, {abi::ask_guid, 0xffff'fff0, 0x20}}), 0u);
}

TEST(Certificates, a_table_that_fills_its_page_without_an_end_is_none) {
    const std::vector<CertificateTableEntry> entries(page_bytes / sizeof(CertificateTableEntry),
                                                     {abi::vcek_guid, 4096, 1});
    EXPECT_EQ(length_of(entries), 0u);
    EXPECT_EQ(length_of({entries.begin() + 1, entries.end()}), 4097u);
}

}  // namespace
}  // namespace svsm::psp
