// SPDX-License-Identifier: MIT
// The folder for results that took time to find and that no build can make again.
#pragma once
#include <filesystem>

#include "tools/support/problem.hpp"

namespace tools {

/// $XDG_STATE_HOME/adyton or ~/.local/state/adyton. Nothing in it is ever deleted by a build.
[[nodiscard]] Result<std::filesystem::path> state_folder();

}  // namespace tools
