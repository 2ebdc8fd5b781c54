// SPDX-License-Identifier: MIT
// A run that reports its progress and its end to the user.
#pragma once
#include "tools/run/options.hpp"

namespace tools::run {

/// Runs the guest and tells the user. The value is the exit code of the program: 128 + n when interrupted.
[[nodiscard]] int run(const Options& options);

}  // namespace tools::run
