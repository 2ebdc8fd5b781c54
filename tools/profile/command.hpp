// SPDX-License-Identifier: MIT
// `adyton profile`: where the instructions of the SVSM go.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::profile {

[[nodiscard]] cli::Command command();

}  // namespace tools::profile
