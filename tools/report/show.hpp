// SPDX-License-Identifier: MIT
// A report field by field, decoded and not judged.
#pragma once
#include <string>

#include "tools/report/parse.hpp"

namespace tools::attestation {

/// One field a line or more, at most 80 columns.
[[nodiscard]] std::string show(const Report& report, const std::string& name);
/// The same as one JSON object, numbers of more than 53 bits and bytes in hexadecimal.
[[nodiscard]] std::string show_as_json(const Report& report, const std::string& name);
/// Where AMD publishes the certificate of the key that signs this report; empty when the chip is masked, not known, or
/// the key is a provider's. [KDS "VCEK Certificate"]
[[nodiscard]] std::string vcek_address(const Report& report);

}  // namespace tools::attestation
