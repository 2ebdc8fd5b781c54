// SPDX-License-Identifier: MIT
// The ID block of the vector v1, whose signatures and digests were computed by igvmmeasure, sev-snp-measure and
// virtee/sev; and what an IGVM file and QEMU get of it.
#include "tools/sign/id_block.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "igvm/edit.hpp"
#include "igvm/reader.hpp"
#include "tests/unit/tools/crypto/keys.hpp"
#include "tests/unit/tools/measure/igvm_file.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/measure/igvm.hpp"

namespace tools::sign {
namespace {

using crypto::SigningKey, measure::vector_file;

measure::File v1() { return vector_file().page(0x1000, measure::counting_page()).vmsa().bytes(); }

SigningKey id_key() { return *SigningKey::parse(crypto::bytes_of(crypto::id_key_pem), "id.pem"); }
SigningKey author_key() { return *SigningKey::parse(crypto::bytes_of(crypto::author_key_pem), "author.pem"); }

Signed sign_v1(const Identity& identity = {}, const std::optional<SigningKey>& author = author_key()) {
    const auto measured = *measure::measure_igvm(v1(), "v1", {});
    return sign(measured.digest, measured.policy, identity, id_key(), author);
}

/// A number of the structures, as it is written on paper.
template <std::size_t N>
std::string number(const std::uint8_t (&field)[N]) {
    std::vector<std::byte> bytes;
    for (const std::uint8_t byte : field) bytes.insert(bytes.begin(), static_cast<std::byte>(byte));
    EXPECT_TRUE(std::all_of(bytes.begin(), bytes.begin() + 24, [](std::byte b) { return b == std::byte{}; }));
    return crypto::hex(Bytes{bytes}.subspan(24));
}
template <class T>
std::string hex_of(const T& object) {
    return crypto::hex(std::as_bytes(std::span{&object, 1}));
}

TEST(IdBlock, of_v1_is_the_digest_and_the_policy_of_the_file) {
    const std::string zeros(64, '0');
    EXPECT_EQ(
        hex_of(sign_v1().block),
        "788695c7469e19a7bd4825d11951b0edde8d125655d5ad67d683c6343a2c1ebdfd3891ab07a1204777a09089c40deadb" +
            zeros + "01000000000000000000030000000000");
}

TEST(IdBlock, of_v1_has_the_signatures_that_other_programs_make) {
    const Signed made = sign_v1();
    EXPECT_EQ(
        number(made.auth.id_block_signature.r),
        "159acd5e4ff37dd261db0d0d03af1ec16679c20c98131e6a11ef86e348ceba77c5b5664adec656011fb39233c038d373");
    EXPECT_EQ(
        number(made.auth.id_block_signature.s),
        "5b331d1f400c4b46d49c057a726904b8799af5994f7a48dcfaf8808dfa008e12198e517c10003fd92435018b0543bddc");
    EXPECT_EQ(
        number(made.auth.id_key_signature.r),
        "f05415aace7da34508d01d4ecb5f9c51e1c10fa40585fb0480659260773c801ceb3f0005bdcec92ef9bc502606e29b5e");
    EXPECT_EQ(
        number(made.auth.id_key_signature.s),
        "259efa4107fd7b45de28d5957151b740a56cf192e29e71e5f9eee205255b7d48d3f4444f5d284f010e5211ba337f47a7");
    EXPECT_EQ(
        number(made.auth.id_key.qx),
        "43e3af2a0db9086750976877650f426d2157a45e10de646ff857198b226df0d4b2243408e03ba711d9c34c51cb344413");
    EXPECT_EQ(
        crypto::hex(made.id_key_digest),
        "070fb0a1cdfa094726c80f5a9cb4a5d0a8bb5195225d026f6102e04f6e676bbbc214e4c477f8ade7c2b37d0a470a33dd");
    EXPECT_EQ(
        crypto::hex(made.author_key_digest),
        "88e72344ccbedcafc0468a2fa0d26bf8b76595347a4620fe597169f2451298b7d0b92d917ff81bf380ffbf325a216a64");
    EXPECT_EQ(made.auth.id_key_algorithm, 1u);
    EXPECT_EQ(made.auth.author_key_algorithm, 1u);
    EXPECT_EQ(made.auth.id_key.curve, 2u);
}

TEST(IdBlock, twice_the_same_is_the_same) { EXPECT_EQ(hex_of(sign_v1().auth), hex_of(sign_v1().auth)); }

TEST(IdBlock, without_an_author_has_zeros_in_its_place) {
    const Signed made = sign_v1({}, std::nullopt);
    EXPECT_FALSE(made.has_author);
    EXPECT_EQ(made.auth.author_key_algorithm, 0u);
    EXPECT_EQ(hex_of(made.auth.author_key), std::string(2 * sizeof made.auth.author_key, '0'));
    EXPECT_EQ(hex_of(made.auth.id_key_signature), std::string(2 * sizeof made.auth.id_key_signature, '0'));
    EXPECT_EQ(made.author_key_digest, abi::Sha384{});
}

TEST(IdBlock, carries_the_identity_and_another_signature_with_it) {
    Identity identity{.guest_svn = 7};
    identity.family_id.fill(0xfa);
    identity.image_id.fill(0x1d);
    const Signed made = sign_v1(identity);
    EXPECT_EQ(made.block.guest_svn, 7u);
    EXPECT_EQ(made.block.family_id[15], 0xfa);
    EXPECT_EQ(made.block.image_id[0], 0x1d);
    EXPECT_NE(number(made.auth.id_block_signature.r), number(sign_v1().auth.id_block_signature.r));
}

/// Base64 undone; empty when the text is none.
std::vector<std::uint8_t> undone(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::vector<std::uint8_t> bytes;
    std::uint32_t bits = 0, count = 0;
    for (const char c : text) {
        if (c == '=') continue;
        bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
        count += 6;
        if (count >= 8) bytes.push_back(static_cast<std::uint8_t>(bits >> (count -= 8)));
    }
    return bytes;
}

TEST(IdBlock, words_for_qemu_have_the_bytes_that_it_wants) {
    const std::string words = to_qemu_words(sign_v1());
    const auto auth_at = words.find(",id-auth=");
    ASSERT_TRUE(words.starts_with("id-block=") && auth_at != std::string::npos);
    ASSERT_TRUE(words.ends_with(",author-key-enabled=on"));
    const auto block = undone(std::string_view{words}.substr(9, auth_at - 9));
    const Signed made = sign_v1();
    ASSERT_EQ(block.size(), sizeof made.block);
    EXPECT_EQ(std::memcmp(block.data(), &made.block, sizeof made.block), 0);
    const std::string_view rest = std::string_view{words}.substr(auth_at + 9);
    const auto auth = undone(rest.substr(0, rest.find(',')));
    ASSERT_EQ(auth.size(), sizeof made.auth);
    EXPECT_EQ(std::memcmp(auth.data(), &made.auth, sizeof made.auth), 0);
    EXPECT_EQ(rest.find(',') % 4, 0u);
    EXPECT_EQ(to_qemu_words(sign_v1({}, std::nullopt)).find("author-key"), std::string::npos);
}

TEST(IdBlock, in_an_igvm_file_leaves_the_digest_and_all_other_headers) {
    const measure::File file = v1();
    const auto signed_file = igvm::with_id_block(*igvm::Headers::open(file), to_igvm(sign_v1()));
    ASSERT_TRUE(signed_file) << igvm::describe(signed_file.error().error);
    const auto opened = igvm::File::open(*signed_file);
    ASSERT_TRUE(opened) << igvm::describe(opened.error());
    const auto block = opened->id_block();
    ASSERT_TRUE(block);
    EXPECT_EQ(block->compatibility_mask, 1u);
    EXPECT_EQ(block->author_key_enabled, 1);
    EXPECT_EQ(block->id_public_key.curve, 2u);
    EXPECT_EQ(number(block->author_key_signature.r), number(sign_v1().auth.id_key_signature.r));
    const auto measured = measure::measure_igvm(*signed_file, "x", {});
    ASSERT_TRUE(measured);
    EXPECT_EQ(measured->digest, measure::measure_igvm(file, "x", {})->digest);
    for (const auto& note : measured->notes) EXPECT_EQ(note.find("ID block"), std::string::npos) << note;
}

TEST(IdBlock, in_a_file_of_version_2_leaves_the_longer_header) {
    const measure::File file = measure::vector_file().version_2().vmsa().bytes();
    const auto signed_file = igvm::with_id_block(*igvm::Headers::open(file), to_igvm(sign_v1()));
    ASSERT_TRUE(signed_file);
    const auto opened = igvm::File::open(*signed_file);
    ASSERT_TRUE(opened) << igvm::describe(opened.error());
    EXPECT_TRUE(opened->id_block());
    EXPECT_EQ(load<abi::igvm::FixedHeader>(*signed_file, 0)->format_version, 2u);
}

TEST(IdBlock, takes_the_place_of_an_older_one) {
    const measure::File file = v1();
    const auto once = igvm::with_id_block(*igvm::Headers::open(file), to_igvm(sign_v1({}, std::nullopt)));
    const auto twice = igvm::with_id_block(*igvm::Headers::open(*once), to_igvm(sign_v1()));
    ASSERT_TRUE(twice);
    EXPECT_EQ(*twice, *igvm::with_id_block(*igvm::Headers::open(file), to_igvm(sign_v1())));
}

TEST(IdBlock, moves_the_data_when_the_headers_have_no_room) {
    measure::IgvmFile crowded = vector_file();
    for (std::uint64_t page = 1; page < 124; ++page) crowded.page(page * page_bytes);
    const measure::File file = crowded.page(0x20'0000, measure::counting_page()).vmsa().bytes();
    const auto signed_file = igvm::with_id_block(*igvm::Headers::open(file), to_igvm(sign_v1()));
    ASSERT_TRUE(signed_file);
    EXPECT_EQ(signed_file->size(), file.size() + page_bytes);
    EXPECT_EQ(measure::measure_igvm(*signed_file, "x", {})->digest,
              measure::measure_igvm(file, "x", {})->digest);
}

TEST(IdBlockRefuses, files_that_it_would_break) {
    measure::IgvmFile unknown = vector_file().vmsa();
    unknown.add(measure::format::Type{0x399}, std::uint64_t{});
    const measure::File unknown_bytes = unknown.bytes();
    const auto refused = igvm::with_id_block(*igvm::Headers::open(unknown_bytes), to_igvm(sign_v1()));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error, igvm::Error::UnknownType);
    const auto other = measure::IgvmFile{}.platform(1, measure::format::PlatformType::Tdx).vmsa().bytes();
    EXPECT_EQ(igvm::with_id_block(*igvm::Headers::open(other), to_igvm(sign_v1())).error().error,
              igvm::Error::NoSnpPlatform);
}

}  // namespace
}  // namespace tools::sign
