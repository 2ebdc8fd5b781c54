// SPDX-License-Identifier: MIT
// Manifests byte by byte, and the hash of a nonce and a manifest: numbers that another program computed.
#include "svsm/protocol/attest/manifest.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "crypto/hash.hpp"
#include "tests/unit/svsm/hexadecimal.hpp"

namespace svsm::attest {
namespace {

class ManifestTest : public testing::Test {
protected:
    ManifestTest() {
        for (std::size_t i = 0; i < nonce_and_manifest.size(); ++i)
            nonce_and_manifest[i] = static_cast<std::byte>(i < 64 ? i : 0xff);
        for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
    }
    [[nodiscard]] std::span<std::byte> room() { return std::span{nonce_and_manifest}.subspan(64); }
    [[nodiscard]] crypto::Sha512::Digest hash(std::size_t manifest_bytes) const {
        return crypto::sha512(Bytes{nonce_and_manifest}.first(64 + manifest_bytes));
    }
    std::array<std::byte, 4096> nonce_and_manifest{};
    std::array<std::byte, 0x7a> key{};
    std::array<Service, 1> vtpm{Service{abi::vtpm_service_guid, key}};
};

TEST_F(ManifestTest, without_services_it_is_a_header) {
    EXPECT_EQ(write_services_manifest(room(), {}), 24u);
    EXPECT_EQ(to_hex(room().first(25)), "bb9e8463923d7046a1ff58f9c94b87bb1800000000000000ff");
}

TEST_F(ManifestTest, of_all_services_with_a_vtpm) {
    ASSERT_EQ(write_services_manifest(room(), vtpm), 170u);
    EXPECT_EQ(
        to_hex(room().first(48)),
        "bb9e8463923d7046a1ff58f9c94b87bbaa00000001000000ebf176c42301a5459641b4e7dde5bfe3300000007a000000");
    EXPECT_TRUE(std::ranges::equal(room().subspan(48, key.size()), key));
    EXPECT_EQ(to_hex(hash(170)),
              "7404f36b0090a2f9d153af1992a0b4bdc9ae5098853821e4eafb749bcae6f30c"
              "dd2071306df270411a187f4ce6062ebf7eb60e7095635daaa2e9f6f65b0f54c2");
}

TEST_F(ManifestTest, of_one_service_is_what_the_service_says) {
    ASSERT_EQ(write_service_manifest(room(), vtpm, abi::vtpm_service_guid), key.size());
    EXPECT_TRUE(std::ranges::equal(room().first(key.size()), key));
    EXPECT_EQ(to_hex(hash(key.size())),
              "17120bf0ef96beaffb917b7a073f9b499cb58530718be4a5d787089aae995613"
              "a4dbaa27995082a3b9474d984fdab8007d36d291e31e1f11f6c5ca56e1f95f6b");
}

TEST_F(ManifestTest, entries_stand_in_the_services_order_and_so_do_their_manifests) {
    const std::array services{Service{abi::vtpm_service_guid, Bytes{key}.first(3)},
                              Service{abi::services_manifest_guid, Bytes{key}.subspan(9, 2)},
                              Service{Guid{1}, {}}};
    ASSERT_EQ(write_services_manifest(room(), services), 24u + 3 * 24 + 5);
    const auto word = [&](std::size_t at) { return load<std::uint32_t>(room(), at).value(); };
    EXPECT_EQ(word(24 + 16), 96u);
    EXPECT_EQ(word(48 + 16), 99u);
    EXPECT_EQ(word(48 + 20), 2u);
    EXPECT_EQ(word(72 + 16), 101u);
    EXPECT_EQ(word(72 + 20), 0u);
    EXPECT_EQ(room()[98], std::byte{2});
    EXPECT_EQ(room()[99], std::byte{9});
}

TEST_F(ManifestTest, a_service_that_is_not_there_has_none) {
    EXPECT_FALSE(write_service_manifest(room(), {}, abi::vtpm_service_guid));
    EXPECT_FALSE(write_service_manifest(room(), vtpm, Guid{}));
}

TEST_F(ManifestTest, what_does_not_fit_is_not_begun) {
    EXPECT_FALSE(write_services_manifest(room().first(169), vtpm));
    EXPECT_FALSE(write_service_manifest(room().first(0x79), vtpm, abi::vtpm_service_guid));
    EXPECT_FALSE(write_services_manifest(room().first(23), {}));
    EXPECT_TRUE(std::ranges::all_of(room(), [](auto byte) { return byte == std::byte{0xff}; }));
    EXPECT_TRUE(write_services_manifest(room().first(170), vtpm));
}

}  // namespace
}  // namespace svsm::attest
