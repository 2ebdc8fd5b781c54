// SPDX-License-Identifier: MIT
// A launch against its image: the digest, the policy, the ID block, and the first page that differs.
#include "tools/run/launch_check.hpp"

#include <gtest/gtest.h>

#include "tools/crypto/hash.hpp"

namespace tools::run {
namespace {

using model::psp::PageType;

abi::Sha384 digest(std::uint8_t value) {
    abi::Sha384 digest;
    digest.fill(std::byte{value});
    return digest;
}

class LaunchCheck : public testing::Test {
protected:
    LaunchCheck() {
        prepared.measurement = measure::Measurement{
            .digest = digest(0xd1), .pages = 3, .policy = 0x3'0000, .has_id_block = true};
    }
    [[nodiscard]] bool accepts(const std::string& text) const {
        return is_launch_of(prepared, qemu::Fields::parse(text));
    }
    const std::string right = "digest=" + crypto::hex(digest(0xd1)), rest = " policy=0x30000 id-block=1";
    Prepared prepared{};
};

TEST_F(LaunchCheck, takes_the_launch_of_the_image_and_no_other) {
    EXPECT_TRUE(accepts(right + rest));
    EXPECT_FALSE(accepts("digest=" + crypto::hex(digest(0xd2)) + rest));
    EXPECT_FALSE(accepts(right + " policy=0xb0000 id-block=1"));
    EXPECT_FALSE(accepts(right + " policy=0x30000 id-block=0"));
    EXPECT_FALSE(accepts(rest));
    EXPECT_FALSE(accepts(right));
}

TEST_F(LaunchCheck, ends_no_session_for_an_image_that_has_no_digest) {
    prepared.measurement.reset();
    EXPECT_TRUE(accepts("digest=ff"));
}

TEST_F(LaunchCheck, tells_what_differs) {
    const auto launch = qemu::Fields::parse(right + " policy=0xb0000 id-block=0");
    const auto text = explain_launch(prepared, {}, launch);
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("policy\n    image    0x30000\n    launched 0xb0000\n"), std::string::npos) << *text;
    EXPECT_NE(text->find("ID block"), std::string::npos);
    EXPECT_EQ(text->find("launch digest"), std::string::npos) << "it does not differ";
}

TEST(LaunchDifference, is_that_of_the_first_page) {
    const measure::Links image{{0x1000, PageType::Normal, digest(1)},
                               {0x2000, PageType::Zero, digest(2)},
                               {0x3000, PageType::Normal, digest(3)}};
    const auto page = [](std::uint64_t gpa, unsigned type, std::uint8_t value) {
        return qemu::LaunchedPage{gpa, type, crypto::hex(digest(value))};
    };
    const auto one = page(0x1000, 1, 1), two = page(0x2000, 3, 2), three = page(0x3000, 1, 3);
    EXPECT_EQ(first_difference({one, two, three}, image), "none: the second launch was that of the image");
    EXPECT_EQ(first_difference({one, two, page(0x3000, 1, 9)}, image),
              "page 3, a normal page at 0x3000: its contents or rights");
    EXPECT_EQ(first_difference({one, page(0x2000, 1, 8), page(0x3000, 1, 9)}, image),
              "page 2 is a normal page at 0x2000 instead of a zero page at 0x2000");
    EXPECT_EQ(first_difference({one, three}, image),
              "page 2 is a normal page at 0x3000 instead of a zero page at 0x2000");
    EXPECT_EQ(first_difference({one, two}, image), "the launch ends before page 3, a normal page at 0x3000");
    EXPECT_EQ(first_difference({one, two, three, page(0x4000, 2, 4)}, image),
              "page 4, a VMSA page at 0x4000, is not in the image");
    EXPECT_EQ(first_difference({page(0x1000, 77, 1)}, image),
              "page 1 is an unknown page at 0x1000 instead of a normal page at 0x1000");
}

}  // namespace
}  // namespace tools::run
