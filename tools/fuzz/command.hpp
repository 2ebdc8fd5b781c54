// SPDX-License-Identifier: MIT
// `adyton fuzz`: lets the fuzz targets of this build run for a while, and reports what they find.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::fuzz {

/// Its exit code is 1 when something was found, 128 + n when interrupted by signal n.
[[nodiscard]] cli::Command command();

}  // namespace tools::fuzz
