// SPDX-License-Identifier: MIT
// The options that only a guest with firmware has.
#include "abi/adyton/host_property.hpp"
#include "base/result.hpp"
#include "tools/payload/firmware_region.hpp"
#include "tools/run/options.hpp"

namespace tools::run {
namespace {

/// A file, not a place.
bool names_file(const std::string& text) { return !text.empty() && !text.starts_with("0x"); }

/// The tables of firmware name the processors 0, 1, 2...
Result<void> check_ids(const RawOptions& raw) {
    using abi::adyton::HostProperties, abi::adyton::HostProperty;
    const auto properties = HostProperties::parse(raw.host_properties);
    if (properties && properties->has(HostProperty::GappedApicIds))
        return problem("firmware is told APIC ids without gaps; leave out gapped-apic-ids");
    return {};
}

/// With a little more than 2 GiB QEMU has RAM where the tables of firmware say that devices are.
Result<void> check_memory(const RawOptions& raw, const Options& options) {
    constexpr std::uint64_t least_split = 2816ull << 20, least_crowded = 1ull << 30;
    if (!raw.memory.empty() && options.memory > payload::most_low_memory && options.memory < least_split)
        return problem("--memory {} is not possible with firmware; choose up to 2G, or 2816M and more", raw.memory);
    const std::uint64_t most_trace = options.memory > payload::most_low_memory ? payload::most_trace_beside_divided
                                                                               : payload::most_trace_beside_low;
    if (options.trace && options.memory > least_crowded && options.trace_bytes > most_trace)
        return problem("--trace-size {} leaves firmware too little low memory; choose at most {}M", raw.trace_size,
                       most_trace >> 20);
    return {};
}

Result<void> parse_hashes(const RawOptions& raw, Options& options) {
    if (!raw.kernel_hashes.empty() && !options.firmware_guest.has_kernel)
        return problem("--kernel-hashes covers a kernel that firmware starts without a disk; add --kernel");
    options.firmware_guest.hashes = TRY(payload::parse_kernel_hashes(raw.kernel_hashes));
    return {};
}

Result<void> check_kernel(const RawOptions& raw, const Options& options) {
    if (!raw.loader.empty())
        return problem("--loader runs before a kernel that no firmware starts; leave out --loader or --firmware");
    if (!options.firmware_guest.has_kernel &&
        (!raw.initrd.empty() || !raw.append.empty() || !raw.release.empty()))
        return problem(
            "without a kernel the firmware starts from a disk; --initrd, --append and --release belong to "
            "--kernel, or write adyton run linux --firmware debian");
    if (!raw.kernel.empty() && !raw.disks.empty())
        return problem("firmware starts the kernel of --kernel and looks at no disk; leave out one of them");
    return {};
}

}  // namespace

Result<void> parse_firmware_guest(const RawOptions& raw, Options& options) {
    const bool has_file = options.is_firmware() || names_file(raw.firmware);
    if (!raw.kernel_hashes.empty() && !has_file)
        return problem("--kernel-hashes belongs to firmware; write adyton run linux --firmware debian-amdsev");
    if (options.kind == payload::Kind::Elf) {
        if (names_file(raw.firmware) && !raw.firmware.contains(','))
            return problem(
                "--firmware FILE belongs to the guests 'firmware' and 'linux'; an image is told a place, like "
                "0xffc00000,4M");
        if (!raw.firmware.empty()) options.firmware = TRY(parse_firmware(raw.firmware));
        return {};
    }
    if (!options.is_firmware() && raw.firmware.empty()) return {};
    if (!raw.firmware.empty() && !names_file(raw.firmware))
        return problem("--firmware {} is a place; the guest '{}' takes a file, or debian[:RELEASE]",
                       raw.firmware, options.guest);
    // Linux behind firmware is firmware that finds a kernel.
    options.firmware_guest.has_kernel = !options.is_firmware() || !raw.kernel.empty();
    options.kind = payload::Kind::Firmware;
    if (!raw.firmware.empty()) options.firmware_guest.source = raw.firmware;
    if (options.guest == payload::debian_guest_name) TRY_VOID(parse_system(raw, options));
    TRY_VOID(parse_hashes(raw, options));
    TRY_VOID(check_ids(raw));
    TRY_VOID(check_memory(raw, options));
    return options.has_system() ? Result<void>{} : check_kernel(raw, options);
}

}  // namespace tools::run
