// SPDX-License-Identifier: MIT
// The form of a report, whatever chip it is of.
#pragma once
#include <string>

#include "abi/snp/attestation_report.hpp"
#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::attestation {

/// The report in `file`, which is nothing but a report. A problem names the offset: another size, a version that is not
/// 2 to 5, a bit that must be one, a reserved bit that is set, a value without a meaning.
[[nodiscard]] Result<abi::AttestationReport> well_formed(Bytes file, const std::string& name);

}  // namespace tools::attestation
