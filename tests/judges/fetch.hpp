// SPDX-License-Identifier: MIT
// Programs of others that judge reports, in the user's cache. They are run, never linked, and lie in no repository of ours.
#pragma once
#include <filesystem>
#include <string>

#include "tools/support/problem.hpp"

namespace judges {

/// A folder with `node_modules` as the package.json and package-lock.json in `recipe` say; npm compares each package
/// with its hash in the lock file. A problem: no npm, no network, another hash.
[[nodiscard]] tools::Result<std::filesystem::path> find_npm_folder(const std::filesystem::path& recipe);

/// Node 20 or later: the system's, or one from npm.
[[nodiscard]] tools::Result<std::filesystem::path> find_node(const std::filesystem::path& recipe);

/// The program that `recipe`/judge.go becomes with Debian's go-sev-guest and Debian's Go. A problem: no network, a
/// package that Debian has not, a program that does not compile.
[[nodiscard]] tools::Result<std::filesystem::path> find_go_judge(const std::filesystem::path& recipe);

/// A place in the cache for what the file `of` describes: another content gets another place.
[[nodiscard]] tools::Result<std::filesystem::path> place_for(const std::string& name,
                                                             const std::filesystem::path& of);

}  // namespace judges
