// SPDX-License-Identifier: MIT
// From the bytes of a file to a report whose form is sound. What it says is not judged here.
#pragma once
#include <optional>
#include <string>

#include "abi/snp/attestation_report.hpp"
#include "base/bytes.hpp"
#include "tools/crypto/key.hpp"
#include "tools/report/chip.hpp"
#include "tools/support/problem.hpp"

namespace tools::attestation {

/// A report of version 2 to 5 without a bit that its version does not define.
struct Report {
    abi::AttestationReport raw;
    /// The chip by family and model, which reports have since version 3; empty for a chip that is not known.
    std::optional<Product> product;
    /// Whose layout the TCB versions have. Version 2 does not say: Turin's when only the first 8 bytes of CHIP_ID are
    /// set, as on that chip, else that of Milan and Genoa. Empty for a chip that is not known.
    std::optional<Product> tcb_layout;

    /// What the signature is about.
    [[nodiscard]] Bytes signed_bytes() const {
        return std::as_bytes(std::span{&raw, 1}).first(abi::signed_report_bytes);
    }
    [[nodiscard]] crypto::P384Signature signature() const;
};

/// A problem names the file and the offset of what is wrong: the size, a version that is not 2 to 5, a bit that must be
/// one, a reserved bit that is set, a value without a meaning.
[[nodiscard]] Result<Report> parse(Bytes file, const std::string& name);

}  // namespace tools::attestation
