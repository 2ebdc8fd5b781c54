// SPDX-License-Identifier: MIT
// The launch digest: what the AMD-SP hashes for each page. The hash itself is the test's: it keeps what it was given.
#include "model/psp/digest.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

namespace model::psp {
namespace {

std::vector<std::vector<std::byte>> hashed;

/// The n-th call answers with 48 bytes n, and what it was given is kept.
abi::Sha384 note(Bytes bytes) {
    hashed.emplace_back(bytes.begin(), bytes.end());
    abi::Sha384 result;
    result.fill(static_cast<std::byte>(hashed.size()));
    return result;
}

abi::PageInfo info_of(const std::vector<std::byte>& bytes) {
    abi::PageInfo info{};
    EXPECT_EQ(bytes.size(), sizeof info);
    if (bytes.size() == sizeof info) std::memcpy(&info, bytes.data(), sizeof info);
    return info;
}

class PspDigest : public testing::Test {
protected:
    PspDigest() { hashed.clear(); }
    const std::vector<std::byte> page = std::vector<std::byte>(page_bytes, std::byte{0x5a});
    LaunchDigest digest{note};
};

TEST_F(PspDigest, begins_with_zeros) {
    EXPECT_EQ(digest.value(), abi::Sha384{});
    EXPECT_EQ(digest.pages(), 0u);
}

TEST_F(PspDigest, links_a_page_to_all_before_it) {
    digest.add(PageType::Normal, Gpa{0x1000}, page);
    digest.add(PageType::Normal, Gpa{0x2000}, page);
    ASSERT_EQ(hashed.size(), 4u);
    EXPECT_EQ(hashed[0], page);
    const auto first = info_of(hashed[1]), second = info_of(hashed[3]);
    EXPECT_EQ(first.digest_current, abi::Sha384{});
    EXPECT_EQ(first.contents[0], std::byte{1});
    EXPECT_EQ(first.length, 0x70);
    EXPECT_EQ(first.gpa, 0x1000u);
    EXPECT_EQ(second.digest_current[47], std::byte{2});
    EXPECT_EQ(second.contents[0], std::byte{3});
    EXPECT_EQ(digest.value()[0], std::byte{4});
    EXPECT_EQ(digest.pages(), 2u);
}

TEST_F(PspDigest, measures_contents_of_two_types_only) {
    for (const PageType type : {PageType::Normal, PageType::Vmsa, PageType::Zero, PageType::Unmeasured,
                                PageType::Secrets, PageType::Cpuid}) {
        hashed.clear();
        digest.add(type, Gpa{0x3000}, page);
        const bool is_measured = type == PageType::Normal || type == PageType::Vmsa;
        EXPECT_EQ(has_measured_contents(type), is_measured);
        ASSERT_EQ(hashed.size(), is_measured ? 2u : 1u);
        const auto info = info_of(hashed.back());
        EXPECT_EQ(info.page_type, static_cast<std::uint8_t>(type));
        EXPECT_EQ(info.contents == abi::Sha384{}, !is_measured);
    }
}

TEST_F(PspDigest, gives_no_rights_to_lower_levels_and_marks_no_migration) {
    digest.add(PageType::Zero, Gpa{0x4000});
    const auto info = info_of(hashed.back());
    EXPECT_EQ(info.imi_page | info.reserved | info.vmpl1_permissions | info.vmpl2_permissions |
                  info.vmpl3_permissions,
              0);
}

TEST_F(PspDigest, does_not_take_a_part_of_a_page_for_a_page) {
    EXPECT_DEATH(digest.add(PageType::Normal, Gpa{0}, Bytes{page}.first(4095)), "");
    EXPECT_DEATH(digest.add(PageType::Vmsa, Gpa{0}), "");
}

TEST_F(PspDigest, has_the_rights_of_the_lower_levels) {
    digest.add(PageType::Zero, Gpa{0x1000}, {}, {.vmpl1 = 1, .vmpl2 = 2, .vmpl3 = 4});
    const auto info = info_of(hashed.at(0));
    EXPECT_EQ(info.vmpl1_permissions, 1);
    EXPECT_EQ(info.vmpl2_permissions, 2);
    EXPECT_EQ(info.vmpl3_permissions, 4);
}

}  // namespace
}  // namespace model::psp
