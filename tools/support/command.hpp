// SPDX-License-Identifier: MIT
// Runs another program to its end and keeps its output.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools {

struct CommandResult {
    int status;          ///< exit code; 128 + n when signal n ended it
    std::string output;  ///< stdout
    std::string errors;  ///< stderr
};

/// Runs `words[0]`, looked up on PATH, in `folder` or in the current folder. A problem when it cannot be
/// started; the caller judges its status. stdin is empty. Ctrl-C ends it together with this program.
[[nodiscard]] Result<CommandResult> run_command(const std::vector<std::string>& words,
                                                const std::filesystem::path& folder = {});
/// True for a regular file that we may execute.
[[nodiscard]] bool is_executable(const std::filesystem::path& path);
/// The first executable of that name on PATH.
[[nodiscard]] std::optional<std::filesystem::path> find_on_path(const std::string& program);
/// stdout of a command that must succeed; else a problem that begins with `purpose` and quotes its last line.
[[nodiscard]] Result<std::string> output_of(const std::vector<std::string>& words, const std::string& purpose,
                                            const std::filesystem::path& folder = {});

}  // namespace tools
