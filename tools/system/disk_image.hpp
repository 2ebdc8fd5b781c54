// SPDX-License-Identifier: MIT
// A disk image with an EFI partition and, if wanted, a file system; nothing is mounted.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::system {

struct DiskTools {
    std::filesystem::path programs;  ///< folder of genext2fs and mtools
    std::filesystem::path scratch;   ///< folder for parts of the disk
};

/// A file for the EFI partition.
struct EfiFile {
    std::filesystem::path from;
    std::string to;  ///< like EFI/BOOT/BOOTX64.EFI
};

/// Writes the disk to `to`, with holes where it is empty. `system` is a tar that becomes an ext4 with the label
/// adyton-root; empty: there is none. A problem: a tool that failed, or a full disk.
[[nodiscard]] Result<void> make_disk(const DiskTools& tools, const std::vector<EfiFile>& files,
                                     const std::filesystem::path& system, const std::filesystem::path& to);

}  // namespace tools::system
