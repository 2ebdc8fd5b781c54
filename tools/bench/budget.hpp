// SPDX-License-Identifier: MIT
// The committed limits, bench/budget.toml, and the verdict about the measured values.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/results.hpp"

namespace tools::bench {

struct Budget {
    std::map<std::string, std::uint64_t> limits;  ///< [budget]: exact counts on the day of their acceptance
    std::map<std::string, std::uint64_t>
        goals;  ///< [goal]: what the project promises; shown, never a failure
};

/// A problem for anything that is not TOML with these two tables of whole numbers.
[[nodiscard]] Result<Budget> read_budget(Bytes bytes, std::string_view file);
/// The new text of the file: `results` become the limits of the names that have one; goals stay.
[[nodiscard]] std::string write_budget(const Budget& budget, const Results& results);

/// A limit that a run exceeded. A name without a value was not measured, which counts as exceeded.
struct Excess {
    std::string name;
    std::uint64_t limit = 0;
    std::optional<std::uint64_t> value;
};
[[nodiscard]] std::vector<Excess> excesses(const Budget& budget, const Results& results);
/// The message: every excess with its difference, and how to accept it. Empty when all limits are kept.
[[nodiscard]] std::string complaint(const std::vector<Excess>& excesses);

}  // namespace tools::bench
