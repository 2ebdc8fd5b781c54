// SPDX-License-Identifier: MIT
// The programs that make a disk.
#pragma once
#include <string>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::system {

/// Runs a program to its end, with the folders of administrators' programs on its PATH. A problem begins with `purpose`
/// and quotes what it said; one that met a full disk says that alone.
[[nodiscard]] Result<void> use_tool(const std::vector<std::string>& words, const std::string& purpose);

}  // namespace tools::system
