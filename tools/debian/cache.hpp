// SPDX-License-Identifier: MIT
// A folder for files that can be fetched again. A part of it is complete or absent; a part that has changed
// since is refused.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "tools/support/problem.hpp"

namespace tools::debian {

/// $XDG_CACHE_HOME/adyton or ~/.cache/adyton.
[[nodiscard]] Result<std::filesystem::path> cache_folder();

/// A problem unless `release` can be the name of one: it becomes a part of paths and of apt's sources.
[[nodiscard]] Result<void> check_release(const std::string& release);

/// "adyton: TEXT" on stderr: fetching takes long, and people want to know.
void say(const std::string& text);

/// Writes the files into a folder that does not exist yet.
using Fill = std::function<Result<void>(const std::filesystem::path& scratch)>;
/// `folder` as it is, or else filled now. It gets its name when it is complete. Two callers at once wait for
/// each other. A file in it that has changed since is a problem.
[[nodiscard]] Result<void> fill_once(const std::filesystem::path& folder, const Fill& fill);

/// As `Fill`, by apt, which keeps its lists of packages in a folder of its own.
using Fetch =
    std::function<Result<void>(const std::filesystem::path& apt_folder, const std::filesystem::path& scratch)>;
/// The cache's folder for `kind` of a release, filled once. A problem: a release that cannot be one, or that of `fetch`.
[[nodiscard]] Result<std::filesystem::path> fetch_once(const std::string& kind, const std::string& release,
                                                       const Fetch& fetch);

}  // namespace tools::debian
