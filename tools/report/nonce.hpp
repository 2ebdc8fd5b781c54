// SPDX-License-Identifier: MIT
// The nonce of a report, as a person types it: to verify a report, and to hand it on to a guest.
#pragma once
#include <string>

#include "abi/snp/attestation_report.hpp"
#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::attestation {

/// As long as REPORT_DATA.
inline constexpr std::size_t nonce_bytes = sizeof(abi::AttestationReport::report_data);

/// 128 hexadecimal digits, or the name of a file of 64 bytes.
[[nodiscard]] Result<Buffer> parse_nonce(const std::string& text);

}  // namespace tools::attestation
