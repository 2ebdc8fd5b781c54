// SPDX-License-Identifier: MIT
// A kernel, its initrd and its command line as one program for UEFI.
#pragma once
#include <filesystem>
#include <string>

#include "tools/support/problem.hpp"

namespace tools::system {

struct UnifiedKernelParts {
    std::filesystem::path stub;  ///< systemd's, which starts the kernel that it finds in its own file
    std::filesystem::path kernel, initrd, os_release;
    std::string command_line;
};

/// Writes it to `to`. objcopy adds the sections (package binutils). A problem: a file that is missing or a stub that is
/// no program for UEFI. [UAPI "Unified Kernel Image"]
[[nodiscard]] Result<void> make_unified_kernel(const UnifiedKernelParts& parts, const std::filesystem::path& to);

}  // namespace tools::system
