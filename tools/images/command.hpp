// SPDX-License-Identifier: MIT
// `adyton image`: build, inspect, measure and sign IGVM files.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::images {

[[nodiscard]] cli::Command command();

}  // namespace tools::images
