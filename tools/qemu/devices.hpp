// SPDX-License-Identifier: MIT
// Disks and network cards of a guest: as typed, checked, and as QEMU wants to hear them.
#pragma once
#include <filesystem>
#include <string>

#include "tools/qemu/disk_format.hpp"
#include "tools/qemu/option.hpp"
#include "tools/support/problem.hpp"

namespace tools::qemu {

/// A..H: more than enough, and each takes a slot of the PCI bus.
inline constexpr std::size_t max_disks = 8;

/// What becomes of the guest's changes.
enum class DiskMode { Kept, ReadOnly, Snapshot };

/// An image of the user's. The Nth that was given is /dev/vda, /dev/vdb... in the guest.
struct Disk {
    std::filesystem::path file;
    DiskMode mode = DiskMode::Kept;
    DiskFormat format = DiskFormat::Raw;
    friend bool operator==(const Disk&, const Disk&) = default;
};

/// `FILE`, and behind it in any order `,ro` or `,snapshot`, and `,format=NAME`. The file must exist, be one
/// that can be read, and written if changes are kept, and must not look like an image of another format than
/// it is opened with (`choose_disk_format`).
[[nodiscard]] Result<Disk> parse_disk(const std::string& text);

/// `user` or `user,hostfwd=PROTOCOL:[ADDRESS]:PORT-[ADDRESS]:PORT...`: what QEMU's own network is told behind
/// its name, checked only as far as that it is nothing else.
[[nodiscard]] Result<std::string> parse_net(const std::string& text);

/// Number `index` of the disks. All of these are behind an IOMMU as the guest sees them: memory of an SNP
/// guest is closed to devices, and a driver that is not told so would hand out private pages.
void add_disk(Options& to, const Disk& disk, std::size_t index);
/// A disk whose contents lie in an inherited descriptor; an empty serial number is QEMU's choice.
void add_disk(Options& to, int descriptor, const std::string& serial);
/// The same, behind the others, with the serial number "adyton-out", by which the guest finds it.
void add_out_disk(Options& to, int descriptor);
void add_net(Options& to, const std::string& net);

}  // namespace tools::qemu
