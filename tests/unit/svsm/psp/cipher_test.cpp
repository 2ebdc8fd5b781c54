// SPDX-License-Identifier: MIT
// Messages that another program has encrypted (pyca/cryptography), byte by byte.
#include "svsm/psp/cipher.hpp"

#include <gtest/gtest.h>

#include "svsm/psp/format.hpp"
#include "tests/unit/svsm/hexadecimal.hpp"

namespace svsm::psp {
namespace {

class CipherTest : public testing::Test {
protected:
    CipherTest() {
        for (std::size_t i = 0; i < key.bytes.size(); ++i) key.bytes[i] = static_cast<std::byte>(i);
    }
    static abi::MessageHeader header(abi::MessageType type, std::uint64_t number, std::size_t bytes) {
        const std::vector<std::byte> payload(bytes);
        return request_header({type, 1, payload, 0}, number);
    }
    static std::string tag_of(const abi::MessageHeader& header) {
        return to_hex(std::as_bytes(std::span{header.tag}).first(16));
    }
    Key key;
};

TEST_F(CipherTest, a_key_request) {
    auto head = header(abi::MessageType::KeyRequest, 3, 0x20);
    std::vector<std::byte> text(0x20);
    text[8] = std::byte{9};  // policy and measurement
    seal(key, head, text);
    EXPECT_EQ(to_hex(text), "908c5899595132d8f1388fa492d606c92fd3c064da9bd2e0cb97494f1e4bd012");
    EXPECT_EQ(tag_of(head), "4c1952e610e8147d1b74b16a0d13eeff");
}

TEST_F(CipherTest, a_question_about_the_tsc) {
    auto head = header(abi::MessageType::TscInfoRequest, 5, 128);
    std::vector<std::byte> text(128);
    seal(key, head, text);
    EXPECT_EQ(to_hex(Bytes{text}.first(16)), "e66badc133a753d9b48a5d04097e24b2");
    EXPECT_EQ(tag_of(head), "8ec619b8da31bbad0b05ab61b8c0db63");
}

TEST_F(CipherTest, a_refused_report_and_each_flipped_bit_of_it) {
    auto head = header(abi::MessageType::ReportResponse, 2, 0x20);
    const auto sealed = from_hex("f06eeb60faa568bdadbd6e148c86f702510c68c0d6fb80134a76183a68817913");
    const auto tag = from_hex("de3801bae370a7895a2281d7fc5cc6be");
    std::memcpy(head.tag, tag.data(), tag.size());
    auto text = sealed;
    ASSERT_TRUE(open(key, head, text));
    EXPECT_EQ(text[0], std::byte{0x16});
    for (std::size_t i = 1; i < text.size(); ++i) EXPECT_EQ(text[i], std::byte{0});
    // Number, header behind it, tag.
    for (std::size_t bit = 0; bit < 8 * sizeof head; ++bit) {
        const auto byte = bit / 8;
        if (byte >= 0x10 && byte < 0x20) continue;  // of no tag of 16 bytes
        if (byte >= 0x28 && byte < 0x30)
            continue;  // reserved and not authenticated: check_answer wants zeros
        auto flipped = head;
        reinterpret_cast<std::uint8_t*>(&flipped)[byte] ^= static_cast<std::uint8_t>(1 << bit % 8);
        text = sealed;
        EXPECT_FALSE(open(key, flipped, text)) << bit;
    }
    for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
        text = sealed;
        text[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        EXPECT_FALSE(open(key, head, text)) << bit;
    }
}

}  // namespace
}  // namespace svsm::psp
