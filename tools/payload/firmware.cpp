// SPDX-License-Identifier: MIT
#include "tools/payload/firmware.hpp"

#include <unistd.h>

#include <algorithm>

#include "abi/snp/vmsa.hpp"
#include "abi/x86/registers.hpp"
#include "base/result.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/firmware.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/linux/acpi_files.hpp"
#include "tools/linux/kernel_file.hpp"
#include "tools/linux/system_checks.hpp"
#include "tools/support/file.hpp"
#include "tools/system/clock.hpp"
#include "tools/system/debian_disk.hpp"

namespace tools::payload {
namespace {

constexpr std::uint64_t reset_ip = 0xfff0;

void add(std::vector<HostFile>& files, std::string_view name, Buffer bytes) {
    files.push_back({formatted("opt/adyton/{}", name), std::move(bytes)});
}

Buffer part_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// Kernel, initrd and command line, as QEMU's own loader hands them to firmware.
Result<void> add_kernel(std::vector<HostFile>& files, linux_boot::GuestFiles from) {
    const Bytes kernel = from.kernel;
    const std::size_t setup = TRY(linux_boot::setup_bytes(kernel, from.kernel_name));
    add(files, "setup", part_of(kernel.first(setup)));
    add(files, "kernel", part_of(kernel.subspan(setup)));
    if (!from.initrd.empty()) add(files, "initrd", std::move(from.initrd));
    const std::string line = from.command_line + '\0';
    add(files, "cmdline", part_of(std::as_bytes(std::span{line})));
    return {};
}

void add_tables(std::vector<HostFile>& files, unsigned cpus) {
    linux_boot::AcpiFiles tables = linux_boot::acpi_files(cpus);
    add(files, "acpi-rsdp", std::move(tables.root));
    add(files, "acpi-tables", std::move(tables.tables));
    add(files, "acpi-loader", std::move(tables.script));
}

/// Firmware starts from the first disk that it can; the checks lie on the last.
void add_system(Loaded& loaded, const system::DebianDisk& disk, const SystemOptions& options, const LinuxScene& scene) {
    loaded.name = debian_guest_name;
    if (options.loader == BootLoader::SystemdBoot) loaded.system_disks.push_back(disk.unified);
    loaded.system_disks.push_back(disk.system);
    if (!options.has_checks) return;
    loaded.disk = linux_boot::system_checks(scene.vmpl, scene.cpus);
    loaded.disk_serial = linux_boot::checks_serial;
}

/// The guest starts from a copy that knows the clock, or from the disk as it is. The kernel is on the first.
void tell_clock(Loaded& loaded, std::uint64_t khz) {
    std::filesystem::path& disk = loaded.system_disks.front();
    auto copy = system::copy_with_clock(disk, khz);
    if (!copy) return debian::say(copy.error().sentence + "; its kernel finds no clock and counts its own ticks");
    loaded.held = std::move(*copy);
    disk = formatted("/proc/{}/fd/{}", ::getpid(), loaded.held.get());  // QEMU opens it as long as we hold it
}

}  // namespace

Result<image::KernelHashes> parse_kernel_hashes(const std::string& text) {
    if (text.empty()) return image::KernelHashes::WhereLookedAt;
    if (text == "on") return image::KernelHashes::On;
    if (text == "off") return image::KernelHashes::Off;
    return problem("--kernel-hashes {} is not possible; choose on or off", text);
}

Result<std::filesystem::path> find_firmware(const std::string& source) {
    const std::size_t colon = std::min(source.find(':'), source.size());
    const std::string name = source.substr(0, colon);
    const auto release = [&](const char* otherwise) {
        return colon == source.size() ? std::string{otherwise} : source.substr(colon + 1);
    };
    if (name == "debian") return debian::find_firmware(release(debian::default_release));
    if (name == "debian-amdsev") return debian::find_amdsev_firmware(release(debian::first_amdsev_release));
    return std::filesystem::path{source};
}

Result<Loaded> load_firmware(const FirmwareOptions& options, const Build& build,
                             const LinuxOptions& linux_guest, const LinuxScene& scene) {
    std::optional<system::DebianDisk> disk;
    if (options.system) disk = TRY(system::find_debian_disk(options.system->release));
    const auto path = TRY(find_firmware(options.source));
    const Buffer file = TRY(read_file(path));
    const auto level =
        build.has_svsm() ? image::FirmwareLevel::BelowSvsm : image::FirmwareLevel::Vmpl0;
    LinuxFiles linux_files;
    if (options.has_kernel) linux_files = TRY(find_linux_files(linux_guest, scene));
    const image::FirmwareKernel kernel{
        {linux_files.guest.kernel, linux_files.guest.initrd, linux_files.guest.command_line}, options.hashes};
    Loaded loaded{
        .guest = TRY(image::load_firmware(file, path.string(), level, options.has_kernel ? &kernel : nullptr)),
        .name = std::string{firmware_guest_name}};
    add_tables(loaded.files, scene.cpus);
    if (options.has_kernel) TRY_VOID(add_kernel(loaded.files, std::move(linux_files.guest)));
    if (disk) {
        add_system(loaded, *disk, *options.system, scene);
        if (!scene.has_secure_tsc) tell_clock(loaded, tsc_khz(linux_guest));
    }
    return loaded;
}

std::optional<GpaRange> firmware_window(const igvm::File& file) {
    constexpr Gpa least{3ull << 30}, end{1ull << 32};
    bool is_reset = false;
    Gpa begin = end;
    file.for_each([&](const igvm::Directive& directive) {
        if (const auto* page = std::get_if<igvm::PageData>(&directive))
            if (page->gpa >= least && page->gpa < begin) begin = page->gpa;
        if (const auto* context = std::get_if<igvm::VpContext>(&directive)) {
            const auto vmsa = load<abi::Vmsa>(context->vmsa, 0);
            is_reset = vmsa && (vmsa->cr0 & abi::Cr0::pe) == 0 && vmsa->rip == reset_ip;
        }
        return true;
    });
    if (!is_reset || begin == end) return std::nullopt;
    return GpaRange{begin, end};
}

}  // namespace tools::payload
