// SPDX-License-Identifier: MIT
// What is in a page after its LAUNCH_UPDATE.
#include "model/psp/pages.hpp"

#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

namespace model::psp {
namespace {

class PspPages : public testing::Test {
protected:
    PspPages() { bytes.fill(std::byte{0xaa}); }  // nothing of it may stay
    std::array<std::byte, page_bytes> bytes{};
    const std::array<std::byte, 3> contents{std::byte{1}, std::byte{2}, std::byte{3}};
    static Secrets secrets() {
        Secrets s{.fms = 0x00a2'0f12};
        for (std::size_t key = 0; key < s.keys.size(); ++key)
            s.keys[key].fill(static_cast<std::uint8_t>(0x10 + key));
        return s;
    }
    [[nodiscard]] bool is_zero_from(std::size_t first) const {
        return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end(),
                           [](std::byte b) { return b == std::byte{0}; });
    }
};

TEST_F(PspPages, with_contents_of_the_host_have_them_and_zeros_behind) {
    for (const PageType type : {PageType::Normal, PageType::Unmeasured, PageType::Vmsa, PageType::Cpuid}) {
        bytes.fill(std::byte{0xaa});
        fill(bytes, type, contents, secrets());
        EXPECT_EQ(std::memcmp(bytes.data(), contents.data(), contents.size()), 0);
        EXPECT_TRUE(is_zero_from(contents.size()));
    }
}

TEST_F(PspPages, without_contents_are_zeros_whatever_their_type) {
    for (const PageType type : {PageType::Normal, PageType::Unmeasured, PageType::Vmsa, PageType::Cpuid}) {
        bytes.fill(std::byte{0xaa});
        fill(bytes, type, {}, secrets());
        EXPECT_TRUE(is_zero_from(0));
    }
}

TEST_F(PspPages, of_type_zero_are_empty_whatever_the_host_has_put_there) {
    fill(bytes, PageType::Zero, contents, secrets());
    EXPECT_TRUE(is_zero_from(0));
}

TEST_F(PspPages, of_secrets_have_nothing_of_the_hosts) {
    std::array<std::byte, page_bytes> chosen{};
    chosen.fill(std::byte{0x77});
    fill(bytes, PageType::Secrets, chosen, secrets());
    abi::SecretsPage page;
    std::memcpy(&page, bytes.data(), sizeof page);
    EXPECT_EQ(page.version, 3u);
    EXPECT_EQ(page.fms, 0x00a2'0f12u);
    EXPECT_EQ(page.vmpck[0][0], 0x10);
    EXPECT_EQ(page.vmpck[3][31], 0x13);
    EXPECT_EQ(page.svsm_size, 0u);
    EXPECT_TRUE(is_zero_from(offsetof(abi::SecretsPage, os_area)));
}

TEST_F(PspPages, take_no_more_than_a_page_of_contents) {
    struct {
        std::array<std::byte, page_bytes> page{};
        std::byte behind{0x55};
    } memory;
    std::array<std::byte, 2 * page_bytes> much{};
    much.fill(std::byte{1});
    fill(memory.page, PageType::Normal, much, {});
    EXPECT_EQ(memory.page.back(), std::byte{1});
    EXPECT_EQ(memory.behind, std::byte{0x55});
}

}  // namespace
}  // namespace model::psp
