// SPDX-License-Identifier: MIT
// What the computer is to its AMD-SP, and which policies it can grant. [SNP-ABI "Guest Policy"]
#pragma once
#include <cstdint>
#include <expected>
#include <string_view>

#include "abi/snp/attestation_report.hpp"
#include "abi/snp/firmware_status.hpp"

namespace model::psp {

/// Settings of the firmware and of the host's BIOS. A guest learns them from its report.
struct Platform {
    bool has_smt = true;  ///< sibling threads run
    bool hides_ciphertext = false;
    abi::FirmwareVersion firmware{.build = 1, .minor = 55, .major = 1, .reserved = 0};
};
/// `abi::PlatformInfo` of the report. No two addresses of this computer lead to one cell of memory.
[[nodiscard]] std::uint64_t platform_info(const Platform& platform);

/// Why LAUNCH_START refuses a policy.
enum class PolicyRefusal : std::uint8_t {
    ReservedBits,  ///< bit 17 is not one, or one of 63:26 is
    Firmware,      ///< it wants a newer version
    Smt,
    CiphertextHiding,
    MemoryCipher,  ///< AES-256-XTS
    Rapl,
};
/// Half a sentence.
[[nodiscard]] std::string_view describe(PolicyRefusal refusal);
[[nodiscard]] abi::FirmwareStatus status_of(PolicyRefusal refusal);

/// Whether the platform is what `policy` demands. What a policy only allows (debugging, migration, CXL) it may always
/// name. The first reason in the order of the enum.
[[nodiscard]] std::expected<void, PolicyRefusal> check_policy(std::uint64_t policy, const Platform& platform);

}  // namespace model::psp
