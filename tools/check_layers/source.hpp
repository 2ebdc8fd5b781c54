// SPDX-License-Identifier: MIT
// The facts about a source file: its licence line and its includes.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/check_layers/rules.hpp"

namespace tools::check_layers {

/// One line `#include "target"`.
struct Include {
    std::string target;
    std::size_t line;  ///< counted from 1
};

struct Source {
    std::string path;  ///< from the root
    bool licensed = false;
    std::vector<Include> includes;
};

/// Files that carry a licence line and may include others.
[[nodiscard]] bool is_source(const std::filesystem::path& path);

/// `path` is relative to `root`. A file that cannot be read has no licence line.
[[nodiscard]] Source read_source(const std::filesystem::path& root, const std::string& path);

/// All sources below the top directories of the table, sorted by their paths.
[[nodiscard]] std::vector<Source> read_tree(const std::filesystem::path& root, const Rules& rules);

}  // namespace tools::check_layers
