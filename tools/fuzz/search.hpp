// SPDX-License-Identifier: MIT
// One search of a fuzz target, from its start to the report.
#pragma once
#include <string>

#include "tools/fuzz/folders.hpp"

namespace tools::fuzz {

/// Lets the target `name` run for `seconds`, with the committed corpus and one that grows outside the build.
/// The value is the exit code: 1 when something was found, 128 + n when interrupted by signal n. A problem: a
/// folder or the log cannot be written, or the target cannot be executed.
[[nodiscard]] Result<int> search(const Folders& folders, const std::string& name, unsigned seconds);

}  // namespace tools::fuzz
