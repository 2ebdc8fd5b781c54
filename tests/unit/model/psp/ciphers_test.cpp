// SPDX-License-Identifier: MIT
// Numbers in the AMD-SP's structures have their least significant byte first.
#include "model/psp/ciphers.hpp"

#include <gtest/gtest.h>

namespace model::psp {
namespace {

using Field = std::array<std::uint8_t, 72>;

TEST(PspNumbers, are_turned_around) {
    Field field{1, 2};
    field[47] = 0xab;
    const auto number = number_in(field);
    ASSERT_TRUE(number);
    EXPECT_EQ((*number)[47], std::byte{1});
    EXPECT_EQ((*number)[46], std::byte{2});
    EXPECT_EQ((*number)[0], std::byte{0xab});
    Field again;
    again.fill(0xff);
    put_number(again, *number);
    EXPECT_EQ(again, field);
}

TEST(PspNumbers, are_refused_when_they_are_longer_than_the_curve) {
    for (std::size_t at = 48; at < 72; ++at) {
        Field field{};
        field[at] = 1;
        EXPECT_FALSE(number_in(field)) << at;
    }
}

TEST(PspNumbers, come_in_pairs) {
    abi::EcdsaPublicKey key{.curve = abi::curve_p384};
    key.qx[0] = 1;
    key.qy[0] = 2;
    const auto point = point_in(key);
    ASSERT_TRUE(point);
    EXPECT_EQ(point->first[47], std::byte{1});
    EXPECT_EQ(point->second[47], std::byte{2});
    key.curve = 1;
    EXPECT_FALSE(point_in(key)) << "P-256";
    abi::EcdsaSignature signature{};
    EXPECT_TRUE(signature_in(signature));
    signature.s[48] = 1;
    EXPECT_FALSE(signature_in(signature));
}

}  // namespace
}  // namespace model::psp
