// SPDX-License-Identifier: MIT
// The checks of a report, as a table: a new rule is a new row.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "tools/report/evidence.hpp"

namespace tools::attestation {

enum class Outcome {
    Holds,
    Fails,
    NotAsked,  ///< nothing was given to compare with, or another check has failed that this one needs
    AtRisk,    ///< a note of the floor: the report does not exclude an attack
};

/// What a check found, and why: one sentence without a full stop.
struct Finding {
    Outcome outcome;
    std::string why;
};

[[nodiscard]] Finding holds(std::string why);
[[nodiscard]] Finding fails(std::string why);
[[nodiscard]] Finding not_asked(std::string why);
/// Not asked, since a certificate of the chain is missing.
[[nodiscard]] Finding no_chain();

/// Looks at the evidence and at nothing else.
struct Check {
    std::string_view what;
    Finding (*judge)(const Evidence&);
};

/// That the certificates are there, and whose root they begin with.
[[nodiscard]] std::span<const Check> root_checks();
/// From the root to the key: algorithms, rights, times, signatures. [KDS "VCEK Certificate"]
[[nodiscard]] std::span<const Check> chain_checks();
/// The key against the report, and the report's signature.
[[nodiscard]] std::span<const Check> key_checks();
/// What the report says of itself. [SNP-ABI "ATTESTATION_REPORT Structure"]
[[nodiscard]] std::span<const Check> report_checks();
/// The report against what was asked for: image and nonce.
[[nodiscard]] std::span<const Check> demand_checks();

}  // namespace tools::attestation
