// SPDX-License-Identifier: MIT
// Whose root key may stand at the beginning of a chain.
#pragma once
#include <optional>
#include <string_view>

#include "tools/crypto/certificate.hpp"
#include "tools/report/chip.hpp"

namespace tools::attestation {

/// The product whose root key, AMD's, this certificate holds. Only the key is compared.
[[nodiscard]] std::optional<Product> amd_root_of(const crypto::Certificate& ark);

/// An attribute of every subject of an emulated chip's chain. No certificate of AMD's has it. The keys of such chains
/// may be public, so a report with one proves nothing.
inline constexpr std::string_view emulated_mark_type = "serialNumber",
                                  emulated_mark = "ADYTON-EMULATED-NOT-AMD";
[[nodiscard]] bool is_marked_emulated(const crypto::Certificate& certificate);

}  // namespace tools::attestation
