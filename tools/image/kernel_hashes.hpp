// SPDX-License-Identifier: MIT
// Hashes of what firmware starts without a disk, in the page where it looks for them: so the launch digest covers a kernel
// that the host hands over.
#pragma once
#include <string>

#include "base/bytes.hpp"
#include "ovmf/firmware.hpp"
#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

/// What is hashed. The kernel counts as it lies in its file: for an encrypted guest QEMU puts nothing into its header.
/// [QEMU "x86_load_linux"]
struct KernelFiles {
    Bytes kernel, initrd;      ///< without an initrd: no bytes
    std::string command_line;  ///< without the NUL, which is hashed too
};

/// It has a table of hashes, and a section for the page that holds it.
[[nodiscard]] bool looks_at_hashes(const ovmf::Firmware& firmware);

/// The page of the section of hashes: the table where the firmware looks for it, and zeros around. A problem: a firmware
/// that looks at none, or a table outside of that page. `name` is what sentences call the file.
/// [QEMU "sev_add_kernel_loader_hashes"]
[[nodiscard]] Result<Buffer> hash_page(const ovmf::Firmware& firmware, const std::string& name,
                                       const KernelFiles& files);

}  // namespace tools::image
