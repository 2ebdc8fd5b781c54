// SPDX-License-Identifier: MIT
// How the owner of an image binds a launch: the AMD-SP holds the ID block against what was launched, at the end of the
// launch. [SNP-ABI "SNP_LAUNCH_FINISH"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <string_view>

#include "abi/snp/firmware_status.hpp"
#include "abi/snp/id_block.hpp"
#include "model/psp/ciphers.hpp"

namespace model::psp {

/// What reports say of the owner; all zeros without an ID block.
struct Identity {
    std::array<std::uint8_t, 16> family_id{}, image_id{};
    std::uint32_t guest_svn = 0;
    abi::Sha384 id_key_digest{}, author_key_digest{};
    bool has_author = false;
};

/// What the host hands over with LAUNCH_FINISH.
struct IdBlockRequest {
    abi::IdBlock block;
    abi::IdAuth auth;
    bool has_author;  ///< the author key counts; otherwise nothing of it is looked at
};

/// Why LAUNCH_FINISH refuses an ID block. The guest never runs then.
enum class IdRefusal : std::uint8_t {
    Digest,
    Policy,
    Version,
    Algorithm,        ///< of the ID key, or its curve
    Signature,        ///< of the ID block
    AuthorAlgorithm,  ///< of the author key, or its curve
    AuthorSignature,  ///< of the ID key
};
/// Half a sentence.
[[nodiscard]] std::string_view describe(IdRefusal refusal);
[[nodiscard]] abi::FirmwareStatus status_of(IdRefusal refusal);

/// Judges the block against the digest and policy of a launch. The first reason in the order of the enum.
[[nodiscard]] std::expected<Identity, IdRefusal> check_id_block(const IdBlockRequest& request,
                                                                const abi::Sha384& digest,
                                                                std::uint64_t policy, Sha384Of sha384,
                                                                VerifiesP384 verifies);

}  // namespace model::psp
