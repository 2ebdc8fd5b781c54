// SPDX-License-Identifier: MIT
// The table against the tree: no file includes more than its row grants, no row grants more than
// its files use.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "tools/check_layers/source.hpp"

namespace tools::check_layers {

/// "path:line: what is wrong", one per finding: a missing licence line, a folder without a row, an include
/// that is not written from the root, leads nowhere or is not granted.
[[nodiscard]] std::vector<std::string> check_source(const std::filesystem::path& root, const Source& source,
                                                    const Rules& rules);

/// "path:1: what is wrong" for the first source of each folder that no row speaks about. Its includes pass
/// `check_source`, since there is no rule for them.
[[nodiscard]] std::vector<std::string> rooms_without_row(std::span<const Source> sources, const Rules& rules);

/// "docs/boundaries.md:line: what is wrong", one for each part that names no file of the tree, and for each
/// grant that no include of its part uses: an unused grant invites misuse.
[[nodiscard]] std::vector<std::string> unused_grants(std::span<const Source> sources, const Rules& rules);

}  // namespace tools::check_layers
