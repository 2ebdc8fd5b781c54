// SPDX-License-Identifier: MIT
// All commands of `adyton`.
#pragma once
#include "tools/cli/command.hpp"

namespace tools {

/// The program: without a command it shows a welcome. Each call makes new targets for the options.
[[nodiscard]] cli::Command program();

}  // namespace tools
