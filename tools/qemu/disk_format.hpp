// SPDX-License-Identifier: MIT
// What kind of image a file is: by what the user says, and by what its bytes look like.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tools/support/problem.hpp"

namespace tools::qemu {

enum class DiskFormat { Raw, Qcow2, Vmdk, Vhdx, Vdi, Vhd };

/// QEMU's name of the format.
[[nodiscard]] std::string_view qemu_name(DiskFormat format);
/// The format that a user calls `word`: raw, qcow2, vmdk, vhdx, vdi, vhd, or vpc as QEMU says for the last.
[[nodiscard]] Result<DiskFormat> parse_disk_format(std::string_view word);
/// What the first or last bytes of the file say; raw when they say nothing. A problem: the file cannot be
/// read, or is neither a file nor a block device.
[[nodiscard]] Result<DiskFormat> look_at_disk(const std::filesystem::path& file);

/// The format to open `file` with. `wanted` is what the user said; without a word it is qcow2 for a name in
/// .qcow2, else raw - and never what the bytes say: a raw disk is the guest's to write, and once it had put
/// the beginning of another format there, the next run would open any file of the host's as its base. Nor
/// may the bytes contradict: as raw, an image of another format would be overwritten by what the guest takes
/// for an empty disk. So a file that looks like another format than the one chosen is a problem, unless the
/// user said raw.
[[nodiscard]] Result<DiskFormat> choose_disk_format(const std::filesystem::path& file,
                                                    std::optional<DiskFormat> wanted);

}  // namespace tools::qemu
