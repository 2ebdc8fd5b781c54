// SPDX-License-Identifier: MIT
// All commands of `adyton`.
#pragma once
#include "tools/cli/command.hpp"

namespace tools {

/// The program: without a command it welcomes. Each call makes new places for what is typed.
[[nodiscard]] cli::Command program();

}  // namespace tools
