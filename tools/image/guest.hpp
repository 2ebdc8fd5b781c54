// SPDX-License-Identifier: MIT
// A guest as the image carries it: pages, and what the boot block says about them.
#pragma once
#include <optional>

#include "abi/adyton/boot_block.hpp"
#include "tools/image/memory.hpp"

namespace tools::image {

/// Ready for the image; `memory.ranges` become the boot block's segments.
struct LoadedGuest {
    GuestMemory memory;
    std::uint64_t entry = 0;
    abi::adyton::GuestKind kind = abi::adyton::GuestKind::Elf;
    Gpa boot_params{};          ///< Linux only
    GpaRange acpi{};            ///< Linux only
    std::optional<Gpa> madt{};  ///< a page that the host fills: its list of CPUs
};

/// The files of a Linux guest.
struct LinuxFiles {
    Bytes kernel, initrd;  ///< the initrd may be empty
    std::string kernel_name = "kernel", command_line;
    Bytes loader{};  ///< an ELF program that runs first; may be empty
    std::string loader_name = "loader";
};

[[nodiscard]] Result<LoadedGuest> load_elf_guest(Bytes file, const std::string& name);
/// Where a program that runs before a Linux kernel is linked: memory that the kernel takes for its own later.
inline constexpr GpaRange loader_place{Gpa{1ull << 20}, Gpa{abi::adyton::guest_boot_region}};
/// Kernel, initrd, command line and boot parameters where the kernel expects them. What depends on the host,
/// the memory map above all, the SVSM adds. A loader gets the registers that were meant for the kernel.
[[nodiscard]] Result<LoadedGuest> load_linux_guest(const LinuxFiles& files);

}  // namespace tools::image
