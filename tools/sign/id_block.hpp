// SPDX-License-Identifier: MIT
// The ID block of an image and what authenticates it: for an IGVM file, and for QEMU's command line.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "abi/igvm/format.hpp"
#include "abi/snp/id_block.hpp"
#include "abi/snp/page_info.hpp"
#include "tools/crypto/key.hpp"

namespace tools::sign {

/// How reports name the image: chosen by its owner, and in no digest.
struct Identity {
    std::array<std::uint8_t, 16> family_id{}, image_id{};
    std::uint32_t guest_svn = 0;
};

struct Signed {
    abi::IdBlock block;
    abi::IdAuth auth;
    bool has_author = false;
    abi::Sha384 id_key_digest;      ///< as reports show it
    abi::Sha384 author_key_digest;  ///< zeros without an author
};

/// What the AMD-SP is to expect: this digest and this policy, in the name of these keys. The author key signs the ID key.
[[nodiscard]] Signed sign(const abi::Sha384& digest, std::uint64_t policy, const Identity& identity,
                          const crypto::SigningKey& id_key,
                          const std::optional<crypto::SigningKey>& author_key);

/// The same as the payload of an IGVM header, whose platform mask is left at 0.
[[nodiscard]] abi::igvm::SnpIdBlock to_igvm(const Signed& block);
/// "id-block=...,id-auth=...", and ",author-key-enabled=on" with an author: more properties of QEMU's object
/// sev-snp-guest. [QEMU "qapi/qom.json"]
[[nodiscard]] std::string to_qemu_words(const Signed& block);

}  // namespace tools::sign
