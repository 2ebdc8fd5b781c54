// SPDX-License-Identifier: MIT
// QEMU of another Debian release, unpacked beside the system's.
#pragma once
#include <filesystem>
#include <string>

#include "tools/support/problem.hpp"

namespace tools::debian {

/// A program that is that QEMU: from the cache, or else fetched now; says on stderr what takes long. A
/// release whose QEMU cannot run on this system is a problem.
[[nodiscard]] Result<std::filesystem::path> find_qemu(const std::string& release);

}  // namespace tools::debian
