// SPDX-License-Identifier: MIT
#include "tools/sign/id_block.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include "tools/crypto/hash.hpp"
#include "tools/support/format.hpp"

namespace tools::sign {
namespace {

/// The structures have numbers least significant byte first.
void put(std::uint8_t (&to)[72], const crypto::P384Number& number) {
    std::ranges::transform(number.rbegin(), number.rend(), to,
                           [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
}

void put(abi::EcdsaSignature& to, const crypto::P384Signature& signature) {
    put(to.r, signature.r);
    put(to.s, signature.s);
}
void put(abi::EcdsaPublicKey& to, const crypto::P384Point& point) {
    to.curve = abi::curve_p384;
    put(to.qx, point.x);
    put(to.qy, point.y);
}

void put(abi::igvm::IdBlockSignature& to, const abi::EcdsaSignature& from) {
    std::ranges::copy(from.r, to.r);
    std::ranges::copy(from.s, to.s);
}
void put(abi::igvm::IdBlockPublicKey& to, const abi::EcdsaPublicKey& from) {
    to.curve = from.curve;
    std::ranges::copy(from.qx, to.qx);
    std::ranges::copy(from.qy, to.qy);
}

abi::IdBlock block_of(const abi::Sha384& digest, std::uint64_t policy, const Identity& identity) {
    abi::IdBlock block{};
    std::memcpy(block.ld, digest.data(), sizeof block.ld);
    std::ranges::copy(identity.family_id, block.family_id);
    std::ranges::copy(identity.image_id, block.image_id);
    block.version = abi::id_block_version;
    block.guest_svn = identity.guest_svn;
    block.policy = policy;
    return block;
}

std::string base64(Bytes bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < count ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0);
        for (std::size_t i = 0; i < 4; ++i) text += i <= count ? digits[group >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

}  // namespace

Signed sign(const abi::Sha384& digest, std::uint64_t policy, const Identity& identity,
            const crypto::SigningKey& id_key, const std::optional<crypto::SigningKey>& author_key) {
    Signed made{};
    made.block = block_of(digest, policy, identity);
    abi::IdAuth& auth = made.auth;
    auth.id_key_algorithm = abi::ecdsa_p384_sha384;
    put(auth.id_block_signature, id_key.sign(bytes_of_object(made.block)));
    put(auth.id_key, id_key.public_point());
    made.id_key_digest = crypto::sha384(bytes_of_object(auth.id_key));
    if (!author_key) return made;
    made.has_author = true;
    auth.author_key_algorithm = abi::ecdsa_p384_sha384;
    put(auth.id_key_signature, author_key->sign(bytes_of_object(auth.id_key)));
    put(auth.author_key, author_key->public_point());
    made.author_key_digest = crypto::sha384(bytes_of_object(auth.author_key));
    return made;
}

abi::igvm::SnpIdBlock to_igvm(const Signed& from) {
    abi::igvm::SnpIdBlock to{};
    to.author_key_enabled = from.has_author ? 1 : 0;
    std::ranges::copy(from.block.ld, to.ld);
    std::ranges::copy(from.block.family_id, to.family_id);
    std::ranges::copy(from.block.image_id, to.image_id);
    to.version = from.block.version;
    to.guest_svn = from.block.guest_svn;
    to.id_key_algorithm = from.auth.id_key_algorithm;
    to.author_key_algorithm = from.auth.author_key_algorithm;
    put(to.id_key_signature, from.auth.id_block_signature);
    put(to.id_public_key, from.auth.id_key);
    put(to.author_key_signature, from.auth.id_key_signature);
    put(to.author_public_key, from.auth.author_key);
    return to;
}

std::string to_qemu_words(const Signed& block) {
    return formatted("id-block={},id-auth={}{}", base64(bytes_of_object(block.block)),
                     base64(bytes_of_object(block.auth)), block.has_author ? ",author-key-enabled=on" : "");
}

}  // namespace tools::sign
