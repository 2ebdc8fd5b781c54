// SPDX-License-Identifier: MIT
// The built-in root file system: busybox, the script that checks the kernel, the modules that it loads.
#pragma once
#include <filesystem>

#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::linux_boot {

struct InitramfsParts {
    std::filesystem::path busybox;  ///< statically linked
    std::filesystem::path modules;  ///< of the very kernel that will run; empty: none are loaded
    bool network = false;           ///< with the driver of a network card
};
/// A cpio archive. Modules that the folder does not have are left out, and their checks with them.
[[nodiscard]] Result<Buffer> build_initramfs(const InitramfsParts& parts);

}  // namespace tools::linux_boot
