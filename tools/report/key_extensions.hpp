// SPDX-License-Identifier: MIT
// What the certificate of a chip's key says of chip and firmware, in extensions of AMD's. [KDS "VCEK Certificate"]
#pragma once
#include <optional>
#include <string>

#include "tools/crypto/certificate.hpp"
#include "tools/report/chip.hpp"

namespace tools::attestation {

struct KeyExtensions {
    std::int64_t structure_version = 0;  ///< 1 since Turin
    std::string product_name;            ///< "Milan-B0", "Genoa"
    Product product;
    TcbParts tcb;
    Buffer chip_id;        ///< 64 bytes, 8 since Turin; empty in a VLEK
    std::string provider;  ///< of a VLEK
};

/// A problem: an extension that is missing, not AMD's, critical or not encoded as AMD encodes it. An authority key id is
/// the one extension of others that is taken.
[[nodiscard]] Result<KeyExtensions> key_extensions_of(const crypto::Certificate& key);

}  // namespace tools::attestation
