// SPDX-License-Identifier: MIT
// Messages as the AMD-SP and its guests exchange them, computed by another program, and OpenSSL's for random lengths.
#include "crypto/aes_gcm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "crypto/hash.hpp"
#include "tests/unit/crypto/hexadecimal.hpp"
#include "tests/unit/crypto/openssl.hpp"

namespace {

using crypto::AesKey, crypto::GcmNonce, crypto::GcmTag;
using Header = std::array<std::byte, 48>;

/// 00 01 ... 1f
AesKey vmpck() {
    AesKey key;
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
    return key;
}
GcmNonce nonce_of(std::uint8_t sequence) { return {std::byte{sequence}}; }
/// The authenticated bytes of a message with VMPCK0.
Header header(std::uint8_t type, std::uint16_t payload_bytes) {
    Header bytes{std::byte{1}, std::byte{1}, std::byte{0x60}, std::byte{0}, std::byte{type}, std::byte{1}};
    std::memcpy(&bytes[6], &payload_bytes, sizeof payload_bytes);
    return bytes;
}

TEST(AesGcm, seals_a_request_for_a_report) {
    std::vector<std::byte> text(0x60);
    for (std::size_t i = 0; i < 0x40; ++i) text[i] = static_cast<std::byte>(i);
    const GcmTag tag = crypto::seal(vmpck(), nonce_of(1), header(5, 0x60), text);
    EXPECT_EQ(to_hex(text),
              "e22d803ca0aaea00420d0fc830cc86c4dc70dd3d68bd7d05560647e5013b996f"
              "ccddd2ea048788e8f0f437f862242ea7c0e4fcb7d1456ca0bbb1da492b891678"
              "bcafa49213c0f2445044cd48be94fd5eb5f3e8b761e80896f353185b4abd740d");
    EXPECT_EQ(to_hex(tag), "0f354f26b13f7433d3674d8eebcaf847");
}

TEST(AesGcm, seals_a_report) {
    std::vector<std::byte> text(0x4c0);
    const std::uint32_t report_bytes = 0x4a0;
    std::memcpy(&text[4], &report_bytes, sizeof report_bytes);
    for (std::size_t i = 0; i < report_bytes; ++i) text[0x20 + i] = static_cast<std::byte>(i % 251);
    const GcmTag tag = crypto::seal(vmpck(), nonce_of(2), header(6, 0x4c0), text);
    EXPECT_EQ(to_hex(Bytes{text}.first(32)),
              "e66eeb605aa168bdadbd6e148c86f702510c68c0d6fb80134a76183a68817913");
    EXPECT_EQ(to_hex(tag), "0f0325b9ea89f729b7c58264b8fd4197");
}

TEST(AesGcm, seals_a_refusal_a_key_and_a_question_about_the_tsc) {
    std::vector<std::byte> refused(32), answer(64), question(128);
    refused[0] = std::byte{0x16};
    std::fill(answer.begin() + 32, answer.end(), std::byte{0xaa});
    EXPECT_EQ(to_hex(crypto::seal(vmpck(), nonce_of(2), header(6, 0x20), refused)),
              "de3801bae370a7895a2281d7fc5cc6be");
    EXPECT_EQ(to_hex(crypto::seal(vmpck(), nonce_of(4), header(4, 0x40), answer)),
              "275b9ff52adac48d6c724ac58bc2aeaf");
    EXPECT_EQ(to_hex(crypto::seal(vmpck(), nonce_of(5), header(0x11, 0x80), question)),
              "8ec619b8da31bbad0b05ab61b8c0db63");
    EXPECT_EQ(to_hex(Bytes{question}.first(16)), "e66badc133a753d9b48a5d04097e24b2");
}

TEST(AesGcm, equals_openssl_and_opens_what_it_sealed) {
    std::vector<std::byte> plain(300), aad(300);
    for (std::size_t i = 0; i < plain.size(); ++i) plain[i] = aad[i] = static_cast<std::byte>(i * 13 + 1);
    for (std::size_t size = 0; size < plain.size(); size += 7) {
        const Bytes covered = Bytes{aad}.first(plain.size() - size);
        std::vector<std::byte> text{plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(size)};
        const auto expected = openssl::seal(vmpck(), nonce_of(9), covered, text);
        const GcmTag tag = crypto::seal(vmpck(), nonce_of(9), covered, text);
        EXPECT_EQ(text, expected.text) << size;
        EXPECT_EQ(tag, expected.tag) << size;
        EXPECT_TRUE(crypto::open(vmpck(), nonce_of(9), covered, text, tag)) << size;
        EXPECT_TRUE(std::ranges::equal(text, Bytes{plain}.first(size))) << size;
    }
}

/// One message, and each single bit of everything that the tag must cover.
struct Sent {
    AesKey key = vmpck();
    GcmNonce nonce = nonce_of(1);
    Header covered = header(5, 0x60);
    std::array<std::byte, 40> text{};
    GcmTag tag = crypto::seal(key, nonce, covered, text);
};

template <class Part>
void expect_each_bit_counts(Part Sent::*part, const char* name) {
    for (std::size_t bit = 0; bit < sizeof(Part) * 8; ++bit) {
        Sent sent;
        (sent.*part)[bit / 8] ^= std::byte{static_cast<unsigned char>(1u << bit % 8)};
        EXPECT_FALSE(crypto::open(sent.key, sent.nonce, sent.covered, sent.text, sent.tag))
            << name << " " << bit;
        EXPECT_EQ(sent.text, (std::array<std::byte, 40>{})) << "nothing of a refused text may stay: " << name;
    }
}

TEST(AesGcm, refuses_each_flipped_bit_and_wipes_the_text) {
    expect_each_bit_counts(&Sent::key, "key");
    expect_each_bit_counts(&Sent::nonce, "nonce");
    expect_each_bit_counts(&Sent::covered, "authenticated");
    expect_each_bit_counts(&Sent::text, "text");
    expect_each_bit_counts(&Sent::tag, "tag");
}

}  // namespace
