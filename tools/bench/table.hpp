// SPDX-License-Identifier: MIT
// Turns samples into named results, and results into tables for people.
#pragma once
#include "tools/bench/budget.hpp"
#include "tools/bench/sample.hpp"

namespace tools::bench {

/// The results of all samples. Those without a number of vCPUs in their name are of the run with four.
[[nodiscard]] Results to_results(const std::vector<Sample>& samples, std::uint64_t image_bytes);

struct Comparison {
    const Budget& budget;
    const Results* before;  ///< null: nothing to compare with
};
/// Costs with limit, goal and earlier value; at most 80 columns.
[[nodiscard]] std::string table(const Results& results, const Comparison& with);
/// "-12", "+3", "same": `now` against the value of before; empty when there is none.
[[nodiscard]] std::string change(const Measured& now, const Results* before);
/// What grows with the number of vCPUs: a line per number.
[[nodiscard]] std::string growth_table(const std::vector<Sample>& samples);

/// An SVG: costs of the calls as bars, and the boot over the number of vCPUs.
[[nodiscard]] std::string plot(const Results& results, const std::vector<Sample>& samples);

}  // namespace tools::bench
