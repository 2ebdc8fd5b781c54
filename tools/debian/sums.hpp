// SPDX-License-Identifier: MIT
// Checksums of what was unpacked: apt has checked the packages, but a disk that was full, or a
// crash, comes later.
#pragma once
#include <filesystem>

#include "tools/support/problem.hpp"

namespace tools::debian {

/// Name of the list, in the folder whose files it names; the format is that of sha256sum.
inline constexpr const char* sums_file = "SHA256SUMS";

/// Writes the list of all files below `folder`, links left out.
[[nodiscard]] Result<void> write_sums(const std::filesystem::path& folder);
/// Reads every file of the list again. A problem names the first that is damaged or gone, and what to do; a
/// folder without a list is taken as it is.
[[nodiscard]] Result<void> check_sums(const std::filesystem::path& folder);

}  // namespace tools::debian
