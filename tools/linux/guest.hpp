// SPDX-License-Identifier: MIT
// A Linux kernel and what belongs to it, laid out in guest memory.
#pragma once
#include <string>

#include "abi/adyton/boot_block.hpp"
#include "tools/image/guest.hpp"

namespace tools::linux_boot {

/// The files of a Linux guest.
struct GuestFiles {
    Buffer kernel;                         ///< a bzImage
    Buffer initrd, loader;                 ///< may be empty; the loader is an ELF program that runs first
    std::string kernel_name, loader_name;  ///< what sentences call them
    std::string command_line;
};

/// Where a program that runs before a Linux kernel is linked: memory that the kernel takes for its own later.
inline constexpr GpaRange loader_place{Gpa{1ull << 20}, Gpa{abi::adyton::guest_boot_region}};

/// Kernel, initrd, command line and boot parameters where the kernel expects them. What depends on the host,
/// the memory map above all, the SVSM adds. A loader gets the registers that were meant for the kernel. A
/// problem: a file that is no kernel or no program of its kind, or what does not fit its place.
[[nodiscard]] Result<image::LoadedGuest> load_guest(const GuestFiles& files);

}  // namespace tools::linux_boot
