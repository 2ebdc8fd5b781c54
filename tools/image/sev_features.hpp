// SPDX-License-Identifier: MIT
// SEV_FEATURES by name: the features that an image requires for all of its vCPUs.
#pragma once
#include <cstdint>
#include <string>

#include "abi/snp/vmsa.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

/// The features of every image.
inline constexpr std::uint64_t default_sev_features = abi::SevFeatures::SnpActive::mask;

/// The features that `text` names, separated by commas, and SNP itself. A problem for a name that is none,
/// and for a feature that the SVSM would refuse at its start; the sentence says why.
[[nodiscard]] Result<std::uint64_t> parse_sev_features(const std::string& text);
/// The names of `features`, separated by ", ", SNP itself left out; bits without a name in hexadecimal.
[[nodiscard]] std::string sev_feature_names(std::uint64_t features);

}  // namespace tools::image
