// SPDX-License-Identifier: MIT
// The disk on which the checks inside the guest read and write.
#pragma once
#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::linux_boot {

/// An ext4 file system of 16 MiB with a file and its SHA-256 sum. Needs mke2fs.
[[nodiscard]] Result<Buffer> build_disk();

}  // namespace tools::linux_boot
