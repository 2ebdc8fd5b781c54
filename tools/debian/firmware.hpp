// SPDX-License-Identifier: MIT
// Debian's OVMF, kept in a cache.
#pragma once
#include <filesystem>
#include <string>

#include "tools/support/problem.hpp"

namespace tools::debian {

/// The firmware of `release`, variables and code in one file, from the cache or else fetched now; says on stderr what
/// takes long. Nothing is installed.
[[nodiscard]] Result<std::filesystem::path> find_firmware(const std::string& release);

/// The same for the build that checks a kernel by its hashes, of the releases that have one.
inline constexpr const char* first_amdsev_release = "forky";
[[nodiscard]] Result<std::filesystem::path> find_amdsev_firmware(const std::string& release);

}  // namespace tools::debian
