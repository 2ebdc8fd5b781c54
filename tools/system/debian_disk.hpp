// SPDX-License-Identifier: MIT
// A disk with Debian's minimal system, kept in a cache.
#pragma once
#include <filesystem>
#include <string>

#include "tools/support/problem.hpp"

namespace tools::system {

struct DebianDisk {
    std::filesystem::path system;   ///< GRUB in an EFI partition, and the system's file system
    std::filesystem::path unified;  ///< an EFI partition with systemd-boot and a unified kernel of the same system
};

/// The disks of `release`, raw, from the cache or else made now; says on stderr what takes long. Nothing is installed.
/// A problem: no network, no room, or a tool of Debian's that does not work here.
[[nodiscard]] Result<DebianDisk> find_debian_disk(const std::string& release);

/// A problem unless the file system of `folder` has so much room for a new disk.
[[nodiscard]] Result<void> check_room(const std::filesystem::path& folder, std::uint64_t bytes);

}  // namespace tools::system
