// SPDX-License-Identifier: MIT
// The system's package sources, rewritten for another release of the same distribution: mirror and keys stay.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::debian {

/// A file for apt's sources.list.d.
struct SourceFile {
    std::string name, text;
};

/// Entries for binary packages of the release `from`, now of `to` and with the component main only, and of `kind`: "deb",
/// or "deb-src" for sources, which every mirror has. Others (security, updates, strangers) are left out; an empty text
/// when nothing is left. [man 5 sources.list]
[[nodiscard]] std::string rewrite_deb822(std::string_view text, std::string_view from, std::string_view to,
                                         std::string_view kind = "deb");
[[nodiscard]] std::string rewrite_one_line(std::string_view text, std::string_view from, std::string_view to,
                                           std::string_view kind = "deb");

/// All that apt is configured with in `folder` (/etc/apt), for each release in `to`. Never empty: a problem
/// says when there is no mirror.
[[nodiscard]] Result<std::vector<SourceFile>> sources_for(const std::filesystem::path& folder,
                                                          std::string_view from,
                                                          const std::vector<std::string>& to,
                                                          std::string_view kind = "deb");

/// Codename of the release that runs here, from an os-release file.
[[nodiscard]] Result<std::string> running_release(const std::filesystem::path& os_release);

}  // namespace tools::debian
