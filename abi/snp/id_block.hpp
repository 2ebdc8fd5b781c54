// SPDX-License-Identifier: MIT
// What the owner of an image signs, and what the AMD-SP holds against a launch at its end. [SNP-ABI "ID Block Structure"]
// [SNP-ABI "ID Authentication Information Structure"]
#pragma once
#include <cstddef>
#include <cstdint>

namespace abi {

/// The digest and policy that a launch must have, and how reports name the image.
struct IdBlock {
    std::uint8_t ld[48];
    std::uint8_t family_id[16], image_id[16];
    std::uint32_t version, guest_svn;
    std::uint64_t policy;
};
static_assert(sizeof(IdBlock) == 0x60 && offsetof(IdBlock, version) == 0x50);

inline constexpr std::uint32_t id_block_version = 1;
/// ECDSA with P-384 and SHA-384, the one algorithm there is, and its curve.
inline constexpr std::uint32_t ecdsa_p384_sha384 = 1, curve_p384 = 2;

/// Numbers have 48 bytes, least significant byte first, and zeros behind.
struct EcdsaSignature {
    std::uint8_t r[72], s[72], reserved[368];
};
struct EcdsaPublicKey {
    std::uint32_t curve;
    std::uint8_t qx[72], qy[72], reserved[880];
};
static_assert(sizeof(EcdsaSignature) == 0x200 && sizeof(EcdsaPublicKey) == 0x404);

/// One page. The ID key signs the ID block, the author key signs the structure that holds the ID key.
struct IdAuth {
    std::uint32_t id_key_algorithm, author_key_algorithm;
    std::uint8_t reserved_008[56];
    EcdsaSignature id_block_signature;
    EcdsaPublicKey id_key;
    std::uint8_t reserved_644[60];
    EcdsaSignature id_key_signature;
    EcdsaPublicKey author_key;
    std::uint8_t reserved_c84[892];
};
static_assert(sizeof(IdAuth) == 0x1000 && offsetof(IdAuth, id_key) == 0x240 &&
              offsetof(IdAuth, id_key_signature) == 0x680 && offsetof(IdAuth, author_key) == 0x880);

}  // namespace abi
