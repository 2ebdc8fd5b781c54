// SPDX-License-Identifier: MIT
// `adyton run`: one guest on one machine, and how it ended.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::run {

[[nodiscard]] cli::Command command();

}  // namespace tools::run
