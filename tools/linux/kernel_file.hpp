// SPDX-License-Identifier: MIT
// A Linux kernel as distributions ship it: a bzImage with a 64-bit entry. [Linux "boot.rst"]
#pragma once
#include <string>

#include "abi/linux/boot_params.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::linux_boot {

struct KernelFile {
    abi::linux_boot::SetupHeader header;  ///< what the file's header is too short to hold is zero
    Bytes protected_mode;                 ///< what is loaded; a view of the file
    std::string version;                  ///< as `uname -r` prints it, "unknown" when the file does not say

    /// Everything that the kernel occupies before it has read the memory map.
    [[nodiscard]] GpaRange memory() const {
        return {Gpa{header.preferred_address}, Gpa{header.preferred_address} + header.init_bytes};
    }
    [[nodiscard]] std::uint64_t entry() const {
        return header.preferred_address + abi::linux_boot::entry_64_offset;
    }
};

/// Reads the header of `file`; `name` is what sentences call it. Refuses what cannot be started at its 64-bit
/// entry, or does not fit between the guest's boot region and the SVSM.
[[nodiscard]] Result<KernelFile> read_kernel(Bytes file, const std::string& name);

/// Bytes of the part of `file` that runs in real mode, which firmware loads apart from the kernel. The same problems, but
/// for the place.
[[nodiscard]] Result<std::size_t> setup_bytes(Bytes file, const std::string& name);

}  // namespace tools::linux_boot
