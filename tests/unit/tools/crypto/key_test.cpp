// SPDX-License-Identifier: MIT
// Signatures with the nonces of RFC 6979, and which keys are taken.
#include "tools/crypto/key.hpp"

#include <openssl/pem.h>

#include <gtest/gtest.h>

#include "tests/unit/own_folder.hpp"
#include "tests/unit/tools/crypto/keys.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/crypto/openssl.hpp"
#include "tools/support/file.hpp"

namespace tools::crypto {
namespace {

/// The key of RFC 6979, A.2.6, as PKCS#8.
constexpr std::string_view rfc_key_pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBrnT2tLhuMHAWxmHW2\n"
    "ZZ9N4jw7Znvyl7qapHdAeHE32JbVck5McKgl+HLJ6mDS7fWhZANiAATsOk5BW04Z\n"
    "pFaGGAKfQn+l2pqLxK6S4C4GquUoazAMZN748OqQVYZgZKJUUVSAvBOAFdm3LX1X\n"
    "JE6o75rAxiGJZwilk2f537n1TKhLPxydsSiLIxw64NT+c0T9JTMmRyA=\n"
    "-----END PRIVATE KEY-----\n";

std::string sentence_of(std::string_view pem) {
    const auto key = SigningKey::parse(bytes_of(pem), "k.pem");
    return key ? "accepted" : key.error().sentence;
}

/// What `write` puts into a PEM file.
template <class Write>
std::string pem_of(Write write) {
    const Bio bio{BIO_new(BIO_s_mem())};
    EXPECT_EQ(write(bio.get()), 1);
    char* text = nullptr;
    const long bytes = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(bytes)};
}
std::string private_pem(const Pkey& key) {
    return pem_of([&](BIO* to) {
        return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

TEST(SigningKey, signs_as_rfc_6979_has_it) {
    const auto key = *SigningKey::parse(bytes_of(rfc_key_pem), "k.pem");
    const auto sample = key.sign(bytes_of("sample")), test = key.sign(bytes_of("test"));
    EXPECT_EQ(
        hex(sample.r),
        "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46");
    EXPECT_EQ(
        hex(sample.s),
        "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8");
    EXPECT_EQ(
        hex(test.r),
        "8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023db");
    EXPECT_EQ(
        hex(test.s),
        "ddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5");
    EXPECT_EQ(key.sign(bytes_of("test")), test);
}

TEST(SigningKey, knows_its_public_point) {
    const auto point = SigningKey::parse(bytes_of(id_key_pem), "k.pem")->public_point();
    EXPECT_EQ(
        hex(point.x),
        "43e3af2a0db9086750976877650f426d2157a45e10de646ff857198b226df0d4b2243408e03ba711d9c34c51cb344413");
    EXPECT_EQ(
        hex(point.y),
        "dd12e3cea20d5112f06b0831d2ea139ba34061f8310e9744fd18d915ef34f6f2c670e34c63eeb80bcc613ecb91f2c196");
}

TEST(SigningKey, is_read_from_a_file) {
    const OwnFolder folder;
    ASSERT_TRUE(write_file(folder / "key.pem", bytes_of(id_key_pem)));
    EXPECT_TRUE(SigningKey::read(folder / "key.pem"));
    ASSERT_TRUE(write_file(folder / "empty.pem", {}));
    EXPECT_NE(SigningKey::read(folder / "empty.pem").error().sentence.find("holds no private key"),
              std::string::npos);
    EXPECT_NE(SigningKey::read(folder / "nosuch").error().sentence.find("cannot read"), std::string::npos);
}

TEST(SigningKeyRefuses, another_algorithm_or_curve_by_name) {
    const Pkey edwards{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}, small{EVP_EC_gen("P-256")};
    EXPECT_EQ(sentence_of(private_pem(edwards)),
              "k.pem holds a key of kind ED25519; ID blocks are signed with EC keys of the curve P-384");
    EXPECT_EQ(sentence_of(private_pem(small)),
              "k.pem holds an EC key of the curve prime256v1; ID blocks are signed with P-384 (secp384r1)");
}

TEST(SigningKeyRefuses, what_holds_no_private_key) {
    const Pkey key{EVP_EC_gen("P-384")};
    const std::string public_pem = pem_of([&](BIO* to) { return PEM_write_bio_PUBKEY(to, key.get()); });
    for (const std::string& text :
         {std::string{}, std::string{"no key"}, public_pem, std::string{id_key_pem.substr(0, 200)}})
        EXPECT_TRUE(
            sentence_of(text).starts_with("k.pem holds no private key in PEM; make one: openssl ecparam"))
            << text;
}

TEST(SigningKeyRefuses, an_encrypted_key_without_asking_for_its_password) {
    const Pkey key{EVP_EC_gen("P-384")};
    std::array<unsigned char, 4> password{'w', 'o', 'r', 'd'};
    const std::string text = pem_of([&](BIO* to) {
        return PEM_write_bio_PrivateKey(to, key.get(), EVP_aes_256_cbc(), password.data(), password.size(),
                                        nullptr, nullptr);
    });
    EXPECT_EQ(sentence_of(text),
              "k.pem holds an encrypted key; decrypt it first: openssl ec -in k.pem -out KEY");
}

}  // namespace
}  // namespace tools::crypto
