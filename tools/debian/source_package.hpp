// SPDX-License-Identifier: MIT
// One file of a Debian source package, for libraries that are compiled into programs without an operating system.
#pragma once
#include <filesystem>
#include <string>

#include "tools/support/problem.hpp"

namespace tools::debian {

/// Which file, and which bytes: apt vouches for the archive, the sum for this very version.
struct SourcePin {
    std::string release, package, version, file;
    std::string sha256;  ///< of the file, in lower-case hexadecimal
};

/// The file in the cache, fetched now when it is not there; says on stderr what takes long. A problem: no network, a
/// version that the release no longer has, other bytes. It names the folder in which a copy from any mirror will do.
[[nodiscard]] Result<std::filesystem::path> find_source(const SourcePin& pin);

/// A problem unless the file has that sum.
[[nodiscard]] Result<void> check_source(const std::filesystem::path& file, const std::string& sha256);

}  // namespace tools::debian
