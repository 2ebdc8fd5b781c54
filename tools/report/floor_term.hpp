// SPDX-License-Identifier: MIT
// One condition of the table of attacks.
#pragma once
#include "tools/report/floor.hpp"

namespace tools::attestation {

/// "snp>=24", "fix:3", "smt-off". A problem: a name that is not known, a number that does not fit.
[[nodiscard]] Result<Term> parse_term(std::string_view text);
[[nodiscard]] Exclusion judge(const Term& term, const Report& report);

}  // namespace tools::attestation
