// SPDX-License-Identifier: MIT
// Looks at one source file: its licence line and what it includes.
#pragma once
#include <string>
#include <vector>

#include "tools/check_layers/rules.hpp"

namespace tools::check_layers {

/// "path:line: what is wrong", one per finding. `path` is relative to `root`.
[[nodiscard]] std::vector<std::string> scan_file(const std::filesystem::path& root, const std::string& path,
                                                 const Rules& rules);

/// Files that carry a licence line and may include others.
[[nodiscard]] bool is_source(const std::filesystem::path& path);

}  // namespace tools::check_layers
