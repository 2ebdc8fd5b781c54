// SPDX-License-Identifier: MIT
// A run that tells the user what it does and how it ended.
#pragma once
#include "tools/run/options.hpp"

namespace tools::run {

/// Runs the guest and tells the user. The value is the exit code of the program: 128 + n when interrupted.
[[nodiscard]] int run(const Options& options);

}  // namespace tools::run
