// SPDX-License-Identifier: MIT
// The attestation report that the AMD-SP makes of its guest. [SNP-ABI "MSG_REPORT_REQ"]
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "abi/snp/attestation_report.hpp"
#include "abi/snp/guest_message.hpp"
#include "model/psp/chip.hpp"
#include "model/psp/guest.hpp"
#include "model/psp/platform.hpp"

namespace model::psp {

/// The version of a report: `asked`, when the firmware was told one; else 5 for a guest whose policy has a bit that only
/// version 5 knows, and 3 for others.
[[nodiscard]] std::uint32_t report_version(std::uint64_t policy, std::optional<std::uint32_t> asked);

/// Fills in everything but the signature. `report` is all zeros. What a version does not have stays zero.
void write_report(abi::AttestationReport& report, std::uint32_t version, const abi::ReportRequest& request,
                  const Guest& guest, const Chip& chip, const Platform& platform);
/// The part of a report that is signed.
[[nodiscard]] inline Bytes signed_part(const abi::AttestationReport& report) {
    return bytes_of_object(report).first(abi::signed_report_bytes);
}
/// Writes r and s behind it.
void put_signature(abi::AttestationReport& report, const P384Pair& signature);

}  // namespace model::psp
