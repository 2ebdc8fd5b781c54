// SPDX-License-Identifier: MIT
// Carries out all checks, and tells what came out.
#pragma once
#include <string>
#include <vector>

#include "tools/report/check.hpp"

namespace tools::attestation {

struct Line {
    std::string what;
    Finding finding;
};

struct Verdict {
    std::vector<Line> lines;   ///< in the order of the checks
    bool is_emulated = false;  ///< the key belongs to an emulated chip: the report proves nothing
    bool is_good = false;      ///< no check fails
};

/// All checks, and a row of the floor for each attack on this chip. No check keeps another one from running.
[[nodiscard]] Verdict verify(const Evidence& evidence);
/// The verdict on bytes that are no report.
[[nodiscard]] Verdict refuse(const Problem& format);

/// A line or more for each check, "ok", "NO", "--" or "!!" before it; the verdict is the last one. 80 columns.
[[nodiscard]] std::string text_of(const Verdict& verdict);
[[nodiscard]] std::string json_of(const Verdict& verdict);

}  // namespace tools::attestation
