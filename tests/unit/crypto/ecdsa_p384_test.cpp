// SPDX-License-Identifier: MIT
#include "crypto/ecdsa_p384.hpp"

#include <gtest/gtest.h>

#include "tests/unit/crypto/hexadecimal.hpp"
#include "tests/unit/crypto/openssl.hpp"

namespace {

using crypto::P384Number, crypto::P384Point, crypto::P384Signature;

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }
P384Number filled(std::uint8_t value) {
    P384Number number;
    number.fill(std::byte{value});
    return number;
}

/// [RFC 6979 "A.2.6 ECDSA, 384 Bits (Prime Field)"], with SHA-384.
const P384Number rfc_key = from_hex<48>(
    "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5");
const P384Point rfc_point{
    from_hex<48>(
        "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"),
    from_hex<48>(
        "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720")};
const P384Signature rfc_signature{
    from_hex<48>(
        "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46"),
    from_hex<48>(
        "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8")};

TEST(EcdsaP384, signs_as_rfc_6979_has_it) {
    const auto digest = crypto::sha384(bytes_of("sample"));
    EXPECT_EQ(crypto::sign_p384(rfc_key, digest), rfc_signature);
    EXPECT_TRUE(crypto::verifies_p384(rfc_point, digest, rfc_signature));
}

/// An ID block, signed by four other programs with the key 01 01 ...
TEST(EcdsaP384, signs_an_id_block_as_others_do) {
    std::array<std::byte, 0x60> block{};
    const auto launch = from_hex<48>(
        "788695c7469e19a7bd4825d11951b0edde8d125655d5ad67d683c6343a2c1ebdfd3891ab07a1204777a09089c40deadb");
    const auto rest = from_hex<16>("01000000000000000000030000000000");
    std::ranges::copy(launch, block.begin());
    std::ranges::copy(rest, block.begin() + 0x50);
    const auto signature = crypto::sign_p384(filled(1), crypto::sha384(block));
    ASSERT_TRUE(signature);
    EXPECT_EQ(
        to_hex(signature->r),
        "159acd5e4ff37dd261db0d0d03af1ec16679c20c98131e6a11ef86e348ceba77c5b5664adec656011fb39233c038d373");
    EXPECT_EQ(
        to_hex(signature->s),
        "5b331d1f400c4b46d49c057a726904b8799af5994f7a48dcfaf8808dfa008e12198e517c10003fd92435018b0543bddc");
}

TEST(EcdsaP384, agrees_with_openssl_both_ways) {
    for (std::uint8_t i = 1; i < 8; ++i) {
        const P384Number key = filled(i);
        const auto digest = crypto::sha384(std::as_bytes(std::span{&i, 1}));
        const P384Point point = openssl::public_point(key);
        const auto signature = crypto::sign_p384(key, digest);
        ASSERT_TRUE(signature);
        EXPECT_TRUE(openssl::verifies(point, digest, *signature)) << int{i};
        EXPECT_TRUE(crypto::verifies_p384(point, digest, openssl::sign(key, digest))) << int{i};
        EXPECT_FALSE(crypto::verifies_p384(openssl::public_point(filled(9)), digest, *signature)) << int{i};
    }
}

TEST(EcdsaP384, refuses_what_is_no_key) {
    const auto order = from_hex<48>(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973");
    auto below = order;
    below[47] = std::byte{0x72};
    EXPECT_FALSE(crypto::sign_p384(P384Number{}, {}));
    EXPECT_FALSE(crypto::sign_p384(order, {}));
    EXPECT_FALSE(crypto::sign_p384(filled(0xff), {}));
    EXPECT_TRUE(crypto::sign_p384(below, {}));
}

/// Some bits of each part: one check takes a sanitized build 20 ms.
template <class Change>
void expect_refused(const char* name, Change change) {
    for (std::size_t bit = 0; bit < 384; bit += 29) {
        auto digest = crypto::sha384(bytes_of("sample"));
        P384Point point = rfc_point;
        P384Signature signature = rfc_signature;
        change(digest, point, signature)[bit / 8] ^= std::byte{static_cast<unsigned char>(1u << bit % 8)};
        EXPECT_FALSE(crypto::verifies_p384(point, digest, signature)) << name << " " << bit;
    }
}

TEST(EcdsaP384, refuses_flipped_bits_and_points_beside_the_curve) {
    expect_refused(
        "digest", [](auto& digest, auto&, auto&) -> auto& { return digest; });
    expect_refused(
        "x", [](auto&, auto& point, auto&) -> auto& { return point.x; });
    expect_refused(
        "y", [](auto&, auto& point, auto&) -> auto& { return point.y; });
    expect_refused(
        "r", [](auto&, auto&, auto& signature) -> auto& { return signature.r; });
    expect_refused(
        "s", [](auto&, auto&, auto& signature) -> auto& { return signature.s; });
}

TEST(EcdsaP384, refuses_numbers_out_of_range) {
    const auto digest = crypto::sha384(bytes_of("sample"));
    for (const P384Number& number : {P384Number{}, filled(0xff)}) {
        EXPECT_FALSE(crypto::verifies_p384(rfc_point, digest, {number, rfc_signature.s}));
        EXPECT_FALSE(crypto::verifies_p384(rfc_point, digest, {rfc_signature.r, number}));
        EXPECT_FALSE(crypto::verifies_p384({number, rfc_point.y}, digest, rfc_signature));
        EXPECT_FALSE(crypto::verifies_p384({number, number}, digest, rfc_signature));
    }
}

}  // namespace
