// SPDX-License-Identifier: MIT
// Debian's kernel for virtual machines and a statically linked busybox, kept in a cache.
#pragma once
#include <filesystem>
#include <string>

#include "tools/support/problem.hpp"

namespace tools::debian {

inline constexpr const char* default_release = "trixie";

struct KernelPackage {
    std::filesystem::path kernel, modules, busybox;  ///< files, and the folder of the kernel's modules
    std::string version;                             ///< as `uname -r` prints it
};

/// The kernel of `release`, from the cache or else fetched now; says on stderr what takes long.
[[nodiscard]] Result<KernelPackage> find_kernel(const std::string& release);

}  // namespace tools::debian
