// SPDX-License-Identifier: MIT
// Lays a Linux kernel out in guest memory:
//
//   64 KiB    boot parameters, the CC blob's setup_data node, the command line
//   80 KiB    ACPI tables in a page; the page behind it is the host's list of CPUs
//   768 KiB   zeros up to 1 MiB: no BIOS and no ROMs
//   1 MiB     a program that runs before the kernel, if there is one (below 8 MiB)
//   16 MiB    the kernel, where it wants to be (below 112 MiB)
//   160 MiB   initrd, behind the largest region that the SVSM can have
//
// The setup_data node must lie in memory that the kernel regards as RAM: it maps the node without the C-bit
// anywhere else. [Linux "arch/x86/mm/ioremap.c"]
#include <algorithm>
#include <cstring>
#include <iterator>

#include "abi/adyton/guest_info.hpp"
#include "abi/linux/boot_params.hpp"
#include "abi/x86/pc.hpp"
#include "base/result.hpp"
#include "tools/linux/acpi_tables.hpp"
#include "tools/linux/guest.hpp"
#include "tools/linux/kernel_file.hpp"

namespace tools::linux_boot {
namespace {

using namespace abi::linux_boot;
using image::GuestMemory;
using image::LoadedGuest;
using image::Page;

constexpr Gpa boot_params_gpa{0x1'0000}, setup_data_gpa{0x1'1000}, command_line_gpa{0x1'2000};
constexpr GpaRange acpi_range{Gpa{0x1'4000}, Gpa{0x1'6000}};
/// Kernels look here for tables of a BIOS without having validated it: 6.12 and later still do for iSCSI's
/// boot table unless they were started by EFI. [Linux "drivers/firmware/iscsi_ibft_find.c"]
constexpr GpaRange rom_range{Gpa{abi::pc::rom_begin}, Gpa{abi::pc::rom_end}};
constexpr Gpa madt_gpa = acpi_range.end - page_bytes;  // a page that the host fills
constexpr Gpa initrd_gpa{160ull << 20};
static_assert(initrd_gpa.value() >= abi::adyton::svsm_default_base + (16ull << 20));

template <class T>
Page page_of(Gpa gpa, const T& object) {
    static_assert(sizeof(T) <= page_bytes);
    Page page{gpa, Buffer(page_bytes)};
    std::memcpy(page.bytes.data(), &object, sizeof object);
    return page;
}

/// Appends `bytes` as pages from `gpa` on, and the range that they fill.
void add(GuestMemory& memory, Gpa gpa, Bytes bytes) {
    const std::uint64_t end = round_up(bytes.size(), page_bytes);
    for (std::uint64_t at = 0; at < end; at += page_bytes) {
        const Bytes part = bytes.subspan(at, std::min<std::uint64_t>(page_bytes, bytes.size() - at));
        Page& page = memory.pages.emplace_back(gpa + at);
        if (std::ranges::all_of(part, [](std::byte b) { return b == std::byte{}; })) continue;
        page.bytes.assign(part.begin(), part.end());
        page.bytes.resize(page_bytes);
    }
    memory.ranges.push_back({gpa, gpa + end});
}

BootParams boot_params(const KernelFile& kernel, const GuestFiles& files) {
    BootParams params{};
    params.header = kernel.header;
    params.header.loader_type = undefined_loader;
    params.header.command_line = static_cast<std::uint32_t>(command_line_gpa.value());
    params.header.setup_data = setup_data_gpa.value();
    params.header.ramdisk_bytes = static_cast<std::uint32_t>(files.initrd.size());
    if (!files.initrd.empty()) params.header.ramdisk_image = static_cast<std::uint32_t>(initrd_gpa.value());
    return params;
}

CcSetupData setup_data() {
    constexpr std::uint64_t blob = abi::adyton::guest_boot_region + abi::adyton::GuestBootLayout::cc_blob;
    return {0, setup_cc_blob, sizeof(CcSetupData::cc_blob), static_cast<std::uint32_t>(blob)};
}

Result<void> check(const KernelFile& kernel, const GuestFiles& files) {
    const std::uint64_t most = std::min<std::uint64_t>(kernel.header.command_line_max, page_bytes - 1);
    if (files.command_line.size() > most)
        return problem("the kernel's command line has {} characters; {} takes at most {}",
                       files.command_line.size(), files.kernel_name, most);
    if (initrd_gpa.value() + files.initrd.size() > kernel.header.ramdisk_max)
        return problem("the initrd of {} MiB is too large: {} wants it below {} MiB",
                       files.initrd.size() >> 20, files.kernel_name, kernel.header.ramdisk_max >> 20);
    return {};
}

/// Puts the program before the kernel: the vCPU starts there, with the boot parameters in RSI as ever.
Result<void> add_loader(LoadedGuest& guest, const GuestFiles& files) {
    const auto elf = TRY(elf::File::open(files.loader, files.loader_name));
    GuestMemory loader = TRY(image::load_guest(elf, files.loader_name, loader_place));
    std::ranges::move(loader.pages, std::back_inserter(guest.memory.pages));
    std::ranges::move(loader.ranges, std::back_inserter(guest.memory.ranges));
    const std::size_t most = abi::adyton::BootBlock{}.guest_segments.size();
    if (guest.memory.ranges.size() > most)
        return problem("{} occupies {} separate ranges of memory; at most {} are left for it",
                       files.loader_name, loader.ranges.size(),
                       most - (guest.memory.ranges.size() - loader.ranges.size()));
    guest.entry = elf.entry();
    return {};
}

}  // namespace

Result<LoadedGuest> load_guest(const GuestFiles& files) {
    const KernelFile kernel = TRY(read_kernel(files.kernel, files.kernel_name));
    TRY_VOID(check(kernel, files));
    LoadedGuest guest;
    guest.kind = abi::adyton::GuestKind::Linux;
    guest.entry = kernel.entry();
    guest.boot_params = boot_params_gpa;
    guest.memory.pages.push_back(page_of(boot_params_gpa, boot_params(kernel, files)));
    guest.memory.pages.push_back(page_of(setup_data_gpa, setup_data()));
    guest.memory.ranges.push_back({boot_params_gpa, command_line_gpa});
    // Terminated by the zeros behind it; an empty one is a page of zeros.
    const std::string line = files.command_line + '\0';
    add(guest.memory, command_line_gpa, std::as_bytes(std::span{line}));
    const Buffer tables = acpi_tables(acpi_range.begin, madt_gpa);
    if (acpi_range.begin + tables.size() > madt_gpa)
        return problem("the ACPI tables have {} bytes; this is a bug in adyton", tables.size());
    add(guest.memory, acpi_range.begin, tables);
    guest.memory.ranges.back().end = acpi_range.end;
    guest.acpi = acpi_range;
    guest.madt = madt_gpa;
    add(guest.memory, rom_range.begin, Buffer(rom_range.size()));
    add(guest.memory, Gpa{kernel.header.preferred_address}, kernel.protected_mode);
    if (!files.initrd.empty()) add(guest.memory, initrd_gpa, files.initrd);
    if (!files.loader.empty()) TRY_VOID(add_loader(guest, files));
    return guest;
}

}  // namespace tools::linux_boot
