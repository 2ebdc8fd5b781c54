// SPDX-License-Identifier: MIT
// What every kind of payload becomes before an image is built of it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/image/guest.hpp"
#include "tools/support/file.hpp"

namespace tools::payload {

/// A file that firmware reads from the host, by QEMU's name for it.
struct HostFile {
    std::string name;
    Buffer bytes;
};

struct Loaded {
    image::LoadedGuest guest;
    std::string name;
    Buffer program{};  ///< ELF file with the guest's symbols; empty when there are none
    std::vector<HostFile> files{};  ///< Firmware only
    Buffer disk{};     ///< that the machine shows the guest; empty: none
    std::string disk_serial{};  ///< by which the guest knows it; empty: by its place
    std::vector<std::filesystem::path> system_disks{};  ///< raw ones that the guest starts from and may not change
    Descriptor held{};  ///< the file of one among them that has no name
};

}  // namespace tools::payload
