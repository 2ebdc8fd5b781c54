// SPDX-License-Identifier: MIT
// Bits and values of a report in words.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "abi/snp/attestation_report.hpp"

namespace tools::attestation {

/// What each bit of the policy grants or forbids, in the order of the bits.
[[nodiscard]] std::vector<std::string> policy_words(std::uint64_t policy);
/// What PLATFORM_INFO says of the computer, bits that are set only.
[[nodiscard]] std::vector<std::string> platform_words(std::uint64_t platform_info);
/// Which key signs, and what the other flags say.
[[nodiscard]] std::vector<std::string> flag_words(std::uint32_t flags);
/// "1.55 build 29"
[[nodiscard]] std::string text_of(const abi::FirmwareVersion& version);
/// "0", or for a report that the host asked for, that.
[[nodiscard]] std::string vmpl_text(std::uint32_t vmpl);

}  // namespace tools::attestation
