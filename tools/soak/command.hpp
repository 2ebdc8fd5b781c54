// SPDX-License-Identifier: MIT
// `adyton soak`: the same run many times, because some faults show themselves once in a hundred.
#pragma once
#include "tools/soak/plan.hpp"

namespace tools::soak {

/// Runs, says how each ended, prints the table, keeps what failed. The value is the program's exit code: 1
/// when a run failed, 128 + n when interrupted.
[[nodiscard]] int soak_command(const Request& request);

}  // namespace tools::soak
