// SPDX-License-Identifier: MIT
// `adyton bench`: what the SVSM costs, counted and never timed, and the limits that a change must keep.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::bench {

/// Measures, prints, writes. Its exit code is 1 when a limit was exceeded.
[[nodiscard]] cli::Command command();

}  // namespace tools::bench
