// SPDX-License-Identifier: MIT
// `adyton completion` and `adyton man`: texts made from the definition of the command line.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::reference {

/// Makes the definition of the whole program, these two commands included; so it is asked when one
/// of them runs.
using Program = cli::Command (*)();

[[nodiscard]] cli::Command completion(Program program);
[[nodiscard]] cli::Command man(Program program);

}  // namespace tools::reference
