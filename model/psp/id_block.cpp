// SPDX-License-Identifier: MIT
#include "model/psp/id_block.hpp"

#include <algorithm>
#include <cstring>

#include "base/result.hpp"

namespace model::psp {
namespace {

using enum IdRefusal;

template <class T>
bool is_signed(const T& message, const abi::EcdsaPublicKey& key, const abi::EcdsaSignature& signature,
               Sha384Of sha384, VerifiesP384 verifies) {
    const auto point = point_in(key), numbers = signature_in(signature);
    return point && numbers && verifies(*point, sha384(bytes_of_object(message)), *numbers);
}

bool is_p384(std::uint32_t algorithm, const abi::EcdsaPublicKey& key) {
    return algorithm == abi::ecdsa_p384_sha384 && key.curve == abi::curve_p384;
}

std::expected<void, IdRefusal> check_contents(const abi::IdBlock& block, const abi::Sha384& digest,
                                              std::uint64_t policy) {
    static_assert(sizeof block.ld == sizeof digest);
    if (std::memcmp(block.ld, digest.data(), sizeof digest) != 0) return std::unexpected{Digest};
    if (block.policy != policy) return std::unexpected{Policy};
    if (block.version != abi::id_block_version) return std::unexpected{Version};
    return {};
}

Identity identity_of(const IdBlockRequest& request, Sha384Of sha384) {
    Identity identity{.guest_svn = request.block.guest_svn,
                      .id_key_digest = sha384(bytes_of_object(request.auth.id_key)),
                      .has_author = request.has_author};
    std::ranges::copy(request.block.family_id, identity.family_id.begin());
    std::ranges::copy(request.block.image_id, identity.image_id.begin());
    if (request.has_author) identity.author_key_digest = sha384(bytes_of_object(request.auth.author_key));
    return identity;
}

}  // namespace

std::string_view describe(IdRefusal refusal) {
    switch (refusal) {
        case Digest: return "the ID block expects another launch digest";
        case Policy: return "the ID block expects another policy";
        case Version: return "the ID block has an unknown version";
        case Algorithm: return "the ID key is not for ECDSA with P-384";
        case Signature: return "the signature of the ID block is wrong";
        case AuthorAlgorithm: return "the author key is not for ECDSA with P-384";
        case AuthorSignature: return "the author's signature of the ID key is wrong";
    }
    __builtin_unreachable();
}

abi::FirmwareStatus status_of(IdRefusal refusal) {
    switch (refusal) {
        case Digest: return abi::FirmwareStatus::BadMeasurement;
        case Policy: return abi::FirmwareStatus::PolicyFailure;
        case Version: return abi::FirmwareStatus::BadVersion;
        case Algorithm:
        case AuthorAlgorithm: return abi::FirmwareStatus::InvalidParameter;
        case Signature:
        case AuthorSignature: return abi::FirmwareStatus::BadSignature;
    }
    __builtin_unreachable();
}

std::expected<Identity, IdRefusal> check_id_block(const IdBlockRequest& request, const abi::Sha384& digest,
                                                  std::uint64_t policy, Sha384Of sha384,
                                                  VerifiesP384 verifies) {
    const auto& [block, auth, has_author] = request;
    TRY_VOID(check_contents(block, digest, policy));
    if (!is_p384(auth.id_key_algorithm, auth.id_key)) return std::unexpected{Algorithm};
    if (!is_signed(block, auth.id_key, auth.id_block_signature, sha384, verifies))
        return std::unexpected{Signature};
    if (!has_author) return identity_of(request, sha384);
    if (!is_p384(auth.author_key_algorithm, auth.author_key)) return std::unexpected{AuthorAlgorithm};
    if (!is_signed(auth.id_key, auth.author_key, auth.id_key_signature, sha384, verifies))
        return std::unexpected{AuthorSignature};
    return identity_of(request, sha384);
}

}  // namespace model::psp
