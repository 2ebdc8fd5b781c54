// SPDX-License-Identifier: MIT
// `adyton soak`: the same run many times, because some faults appear once in a hundred runs.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::soak {

/// Runs, says how each ended, prints the table, keeps what failed. Its exit code is 1 when a run failed, 128
/// + n when interrupted.
[[nodiscard]] cli::Command command();

}  // namespace tools::soak
