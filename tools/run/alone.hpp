// SPDX-License-Identifier: MIT
// `run conformance --alone`: a machine for each check, so that one that ends the SVSM does not spoil the rest.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tools/run/options.hpp"

namespace tools::run {

/// What the console of one launch says about its check.
struct AloneReport {
    enum class Result { None, Passed, Skipped, Failed } result = Result::None;
    unsigned checks = 0;  ///< that the suite has; 0: the console is not a suite's
    std::string about;    ///< the lines before the plan
    std::string name;     ///< empty: the suite did not come so far
    std::string lines;    ///< the result line of the check and its explanation
    bool is_choice = false;
};
[[nodiscard]] AloneReport read_alone(std::string_view console);

/// Prints one TAP document. 0: every check passed or did not apply; a signal of the user's ends it.
[[nodiscard]] int run_alone(const Options& options);

}  // namespace tools::run
