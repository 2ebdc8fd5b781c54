// SPDX-License-Identifier: MIT
// Checks what was typed, one sentence per mistake.
#include "tools/run/options.hpp"

#include "tools/qemu/threads.hpp"

#include "abi/adyton/adversary.hpp"
#include "abi/adyton/host.hpp"
#include "abi/adyton/host_property.hpp"
#include "abi/adyton/trace.hpp"
#include "base/address.hpp"
#include "base/result.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/image/sev_features.hpp"
#include "tools/support/number.hpp"

namespace tools::run {
namespace {

Result<std::uint64_t> parse_memory(const std::string& text) {
    const std::uint64_t bytes = TRY(parse_size("--memory", text));
    if (bytes < least_memory)
        return problem("--memory {} is too little: the SVSM and its guest need at least 160M", text);
    if (bytes % (1 << 20) != 0) return problem("--memory {} is not a whole number of MiB", text);
    // The machine keeps its tables in the memory below 4 GiB: more than this they cannot describe.
    if (bytes > 64ull << 30)
        return problem("--memory {} is more than the 64G that the machine can have", text);
    return bytes;
}

/// The region is described by whole page tables, and the guest keeps what lies behind its default end.
Result<std::uint64_t> parse_svsm_size(const std::string& text) {
    const std::uint64_t bytes = TRY(parse_size("--svsm-size", text));
    if (bytes < least_svsm_bytes || bytes > most_svsm_bytes || bytes % page_bytes != 0)
        return problem("--svsm-size {} is not possible; choose 512K to 128M, a multiple of 4K", text);
    return bytes;
}

Result<std::uint64_t> parse_trace_size(const std::string& text) {
    using namespace abi::adyton::trace;
    const std::uint64_t bytes = TRY(parse_size("--trace-size", text));
    if (bytes < least_area_bytes || bytes > most_area_bytes || bytes % (1 << 20) != 0)
        return problem("--trace-size {} is not possible; choose 1M to 1G, whole MiB", text);
    return bytes;
}

Result<void> parse_devices(const RawOptions& raw, LinuxOptions& options) {
    if (raw.disks.empty() && raw.net.empty()) return {};
    if (raw.deterministic)
        return problem(
            "--deterministic and --disk or --net exclude each other; a device answers when the host does");
    if (raw.disks.size() > max_disks) return problem("--disk can be given {} times at most", max_disks);
    for (const std::string& disk : raw.disks) options.disks.push_back(TRY(parse_disk(disk)));
    if (!raw.net.empty()) options.net = TRY(parse_net(raw.net));
    return {};
}

/// Options of `run linux` alone, and what differs by default: a distribution's kernel wants room and time.
Result<void> parse_linux(const RawOptions& raw, Options& options) {
    if (options.guest != linux_guest_name) {
        if (!raw.kernel.empty() || !raw.initrd.empty() || !raw.append.empty() || !raw.release.empty() ||
            !raw.loader.empty() || !raw.disks.empty() || !raw.net.empty() || raw.interactive)
            return problem(
                "--kernel, --initrd, --append, --release, --loader, --disk, --net and --interactive belong "
                "to "
                "the guest 'linux'; write adyton run linux");
        return {};
    }
    // It would be told by #HV of every interrupt, and has no handler: it ends itself (SEV_FEATURES, set 0
    // code 2).
    if (options.sev_features && abi::SevFeatures::RestrictedInjection::test(*options.sev_features))
        return problem(
            "Linux does not support restricted injection, and refuses to start with it; leave it out of "
            "--sev-features");
    LinuxOptions linux_options;
    if (!raw.kernel.empty()) linux_options.kernel = raw.kernel;
    if (!raw.initrd.empty()) linux_options.initrd = raw.initrd;
    if (!raw.loader.empty()) linux_options.loader = raw.loader;
    linux_options.append = raw.append;
    linux_options.release = raw.release.empty() ? debian::default_release : raw.release;
    linux_options.interactive = raw.interactive;
    TRY_VOID(parse_devices(raw, linux_options));
    linux_options.is_repeatable = raw.deterministic;
    options.linux_guest = std::move(linux_options);
    if (raw.memory.empty()) options.memory = linux_default_memory;
    if (raw.timeout.empty())
        options.timeout_seconds = raw.interactive ? longest_timeout : linux_default_timeout;
    // A shell that does not end with its input is no person who thinks.
    if (raw.timeout.empty() && raw.interactive) options.seconds_after_input = linux_default_timeout;
    return {};
}

std::string names_of(const auto& pairs) {
    std::string names;
    for (const auto& [name, value] : pairs) names += formatted("{}{}", names.empty() ? "" : " ", name);
    return names;
}

}  // namespace

Result<Options> parse(const RawOptions& raw) {
    Options options;
    if (!raw.guest.empty()) options.guest = raw.guest;
    if (!raw.cpus.empty()) options.cpus = TRY(parse_number("--cpus", raw.cpus, 1, max_cpus));
    if (!raw.vmpl.empty()) options.vmpl = TRY(parse_number("--vmpl", raw.vmpl, 1, 3));
    if (!raw.c_bit.empty()) options.c_bit = TRY(parse_number("--c-bit", raw.c_bit, 32, 51));
    if (!raw.memory.empty()) options.memory = TRY(parse_memory(raw.memory));
    if (!raw.timeout.empty()) options.timeout_seconds = TRY(parse_seconds("--timeout", raw.timeout));
    if (!raw.qemu.empty()) options.qemu = raw.qemu;
    if (!raw.threads.empty()) options.threads = TRY(parse_threads(raw.threads));
    if (raw.deterministic && options.threads == Threads::Multi)
        return problem("--deterministic runs all CPUs on one thread; leave out --threads multi");
    if (!raw.qemu_cpu.empty()) options.qemu_cpu = raw.qemu_cpu;
    if (!raw.svsm.empty()) options.svsm = raw.svsm;
    if (!raw.svsm_size.empty()) options.svsm_bytes = TRY(parse_svsm_size(raw.svsm_size));
    if (!raw.sev_features.empty()) options.sev_features = TRY(image::parse_sev_features(raw.sev_features));
    if (!raw.adversary.empty() && !abi::adyton::parse_adversary(raw.adversary))
        return problem("there is no adversary '{}'; choose one of: {}", raw.adversary, adversary_names());
    options.adversary = raw.adversary;
    if (!raw.host.empty() && !abi::adyton::parse_host(raw.host))
        return problem("there is no host '{}'; choose one of: {}", raw.host, host_names());
    options.host = raw.host;
    if (!raw.host_properties.empty() && !abi::adyton::HostProperties::parse(raw.host_properties))
        return problem("'{}' is no list of host properties; join with commas some of: {}",
                       raw.host_properties, host_property_names());
    options.host_properties = raw.host_properties;
    if (!raw.trace.empty()) options.trace = raw.trace;
    if (!raw.trace_size.empty()) {
        options.trace_bytes = TRY(parse_trace_size(raw.trace_size));
        if (!options.trace)
            return problem("--trace-size says how large a trace may grow; name a file with --trace");
    }
    options.devices = raw.devices;
    TRY_VOID(parse_linux(raw, options));
    if (raw.wants_gdb) {
        options.gdb.emplace().port = default_gdb_port;
        if (!raw.gdb.empty())
            options.gdb->port = static_cast<std::uint16_t>(TRY(parse_number("--gdb", raw.gdb, 0, 65535)));
        if (raw.timeout.empty()) options.timeout_seconds = gdb_timeout;
    }
    options.deterministic = raw.deterministic;
    options.verbose = raw.verbose;
    return options;
}

std::string adversary_names() { return names_of(abi::adyton::adversary_names); }

std::string host_property_names() { return names_of(abi::adyton::host_property_names); }

std::string host_names() { return names_of(abi::adyton::host_names); }

}  // namespace tools::run
