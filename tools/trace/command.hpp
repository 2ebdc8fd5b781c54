// SPDX-License-Identifier: MIT
// `adyton trace`: a recorded run as text, for a viewer, as a picture or as tables.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::trace {

/// Reads, filters, writes. What is missing in the file is said on stderr.
[[nodiscard]] cli::Command command();

}  // namespace tools::trace
