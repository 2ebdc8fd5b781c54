// SPDX-License-Identifier: MIT
// Checks what was typed, one sentence per mistake.
#include "tools/run/options.hpp"

#include "abi/adyton/host.hpp"
#include "abi/adyton/host_property.hpp"
#include "abi/adyton/limits.hpp"
#include "abi/adyton/trace.hpp"
#include "abi/snp/rmp.hpp"
#include "base/result.hpp"
#include "model/host/adversaries.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/run/threads.hpp"
#include "tools/support/number.hpp"

namespace tools::run {
namespace {

Result<std::uint64_t> parse_trace_size(const std::string& text) {
    using namespace abi::adyton::trace;
    const std::uint64_t bytes = TRY(parse_size("--trace-size", text));
    if (bytes < least_area_bytes || bytes > most_area_bytes || bytes % (1 << 20) != 0)
        return problem("--trace-size {} is not possible; choose 1M to 1G, whole MiB", text);
    return bytes;
}

std::string_view name_of(std::string_view name) { return name; }
std::string_view name_of(const auto& pair) { return pair.first; }
std::string names_of(const auto& list) {
    std::string names;
    for (const auto& each : list) names += formatted("{}{}", names.empty() ? "" : " ", name_of(each));
    return names;
}

Result<unsigned> parse_cpus(const std::string& text) {
    auto cpus = parse_number("--cpus", text, 1, abi::adyton::max_vcpus);
    if (!cpus)
        return problem("{}: QEMU has APIC ids for 255 CPUs, and the machine keeps one", cpus.error().sentence);
    return cpus;
}

Result<void> parse_host(const RawOptions& raw, Options& options) {
    if (!raw.adversary.empty() && !model::host::is_adversary(raw.adversary))
        return problem("there is no adversary '{}'; choose one of: {}", raw.adversary, adversary_names());
    if (!raw.host.empty() && !abi::adyton::parse_host(raw.host))
        return problem("there is no host '{}'; choose one of: {}", raw.host, host_names());
    if (!raw.host_properties.empty() && !abi::adyton::HostProperties::parse(raw.host_properties))
        return problem("'{}' is no list of host properties; join with commas some of: {}",
                       raw.host_properties, host_property_names());
    using abi::adyton::HostProperties, abi::adyton::HostProperty;
    constexpr unsigned most_with_gaps = 128;  // every other pair of ids, and the last is 253
    if (options.cpus > most_with_gaps &&
        HostProperties::parse(raw.host_properties).value_or(HostProperties{}).has(HostProperty::GappedApicIds))
        return problem("--cpus {} is not possible with gapped-apic-ids; choose 1 to {}", options.cpus,
                       most_with_gaps);
    options.host = {raw.adversary, raw.host, raw.host_properties};
    options.host_data = TRY(parse_host_data(raw.host_data));
    return {};
}

Result<void> parse_qemu(const RawOptions& raw, Options& options) {
    if (!raw.qemu.empty()) options.qemu = raw.qemu;
    if (!raw.qemu_cpu.empty()) options.qemu_cpu = raw.qemu_cpu;
    if (!raw.cpu_features.empty()) options.cpu_features = TRY(qemu::parse_cpu_features(raw.cpu_features));
    if (!raw.threads.empty()) options.threads = TRY(parse_threads(raw.threads));
    if (raw.deterministic && options.threads == qemu::Threads::Multi)
        return problem("--deterministic runs all CPUs on one thread; leave out --threads multi");
    options.devices = raw.devices;
    return {};
}

/// A run that is not deterministic has other random numbers each time.
Result<void> parse_seed(const RawOptions& raw, Options& options) {
    if (raw.seed.empty()) return {};
    if (!raw.deterministic)
        return problem("--seed chooses the random numbers of --deterministic; add that, or leave it out");
    options.seed = TRY(parse_number("--seed", raw.seed, 1, 999'999'999));
    return {};
}

Result<void> parse_trace(const RawOptions& raw, Options& options) {
    if (!raw.trace.empty()) options.trace = raw.trace;
    if (raw.trace_size.empty()) return {};
    options.trace_bytes = TRY(parse_trace_size(raw.trace_size));
    if (!options.trace)
        return problem("--trace-size says how large a trace may grow; name a file with --trace");
    return {};
}

/// A trace and a debugger belong to one machine.
Result<void> parse_reboot(const RawOptions& raw, Options& options) {
    if (raw.reboot.empty() || raw.reboot == "end") return {};
    if (raw.reboot != "restart")
        return problem("--reboot {} is not possible; choose end or restart", raw.reboot);
    if (options.trace || options.gdb)
        return problem("--reboot restart starts one machine after the other; leave out --trace and --gdb");
    options.reboot = Reboot::Restarts;
    return {};
}

/// Which guests have checks is found out when their program is there.
Result<void> parse_alone(const RawOptions& raw, Options& options) {
    options.alone = raw.alone;
    if (!raw.alone) return {};
    if (options.is_linux()) return problem("--alone belongs to the guest 'conformance'; leave it out");
    if (options.trace || options.gdb || options.reboot == Reboot::Restarts)
        return problem(
            "--alone starts a machine for each check; leave out --trace, --gdb and --reboot restart");
    return {};
}

/// Without --timeout a person at gdb is given all the time.
Result<void> parse_gdb(const RawOptions& raw, Options& options) {
    if (!raw.gdb) return {};
    options.gdb = default_gdb_port;
    if (!raw.gdb->empty())
        options.gdb = static_cast<std::uint16_t>(TRY(parse_number("--gdb", *raw.gdb, 0, 65535)));
    if (raw.timeout.empty()) options.timeout_seconds = longest_timeout;
    return {};
}

}  // namespace

Result<std::uint8_t> parse_launch_rights(std::string_view text) {
    using abi::Permission;
    if (text == "none") return Permission::none;
    if (text == "all") return Permission::all;
    std::uint8_t rights = 0;
    for (const char c : text) {
        const std::size_t bit = std::string_view{"rwus"}.find(c);
        if (bit == std::string_view::npos)
            rights = 0xff;
        else
            rights = static_cast<std::uint8_t>(rights | 1u << bit);
    }
    if (text.empty() || rights > Permission::all)
        return problem("--launch-rights {} is not possible; choose none, all, or letters of rwus", text);
    return rights;
}

namespace {
/// "0xADDRESS,SIZE" in units of `unit` bytes; empty when it is nothing of the kind.
std::optional<GpaRange> parse_place(const std::string& text, std::uint64_t unit) {
    const std::size_t comma = text.find(',');
    if (comma == std::string::npos) return std::nullopt;
    const auto address = parse_address(std::string_view{text}.substr(0, comma));
    const auto bytes = parse_size("SIZE", text.substr(comma + 1));
    if (!address || !bytes || *bytes == 0 || *bytes % unit != 0 || *address % unit != 0) return std::nullopt;
    return GpaRange::make(Gpa{*address}, *bytes);
}
}  // namespace

Result<GpaRange> parse_firmware(const std::string& text) {
    if (const auto place = parse_place(text, page_bytes)) return *place;
    return problem("--firmware {} is no place; write ADDRESS,SIZE in whole pages, like 0xffc00000,4M", text);
}

Result<GpaRange> parse_far_memory(const std::string& text) {
    constexpr Gpa begin{512ull << 30}, end{64ull << 40};
    constexpr std::uint64_t most = 1ull << 30;  // it lies below 4 GiB, beside the machine's own memory
    const auto place = parse_place(text, large_page_bytes);
    if (place && place->begin >= begin && place->end <= end && place->size() <= most) return *place;
    return problem("--far-memory {} is not possible; write ADDRESS,SIZE in whole 2 MiB, up to 1G at 512 GiB to "
                   "64 TiB, like 0x8010000000,64M",
                   text);
}

Result<std::string> parse_host_data(const std::string& text) {
    constexpr std::size_t bytes = 32;
    const auto data = crypto::from_hex(text);
    if (!text.empty() && (!data || data->size() != bytes))
        return problem("--host-data {} is not possible; write 32 bytes as 64 hexadecimal digits", text);
    return text;
}

Result<Options> parse(const RawOptions& raw) {
    Options options;
    if (!raw.guest.empty()) options.guest = raw.guest;
    options.kind = payload::kind_of(options.guest);
    if (!raw.cpus.empty()) options.cpus = TRY(parse_cpus(raw.cpus));
    if (!raw.memory.empty()) options.memory = TRY(payload::parse_memory(raw.memory));
    if (!raw.timeout.empty()) options.timeout_seconds = TRY(parse_seconds("--timeout", raw.timeout));
    options.build = TRY(payload::parse_build(raw.build));
    TRY_VOID(parse_qemu(raw, options));
    TRY_VOID(parse_seed(raw, options));
    TRY_VOID(parse_host(raw, options));
    TRY_VOID(parse_trace(raw, options));
    TRY_VOID(parse_firmware_guest(raw, options));
    TRY_VOID(parse_linux(raw, options));
    TRY_VOID(parse_gdb(raw, options));
    TRY_VOID(parse_reboot(raw, options));
    TRY_VOID(parse_alone(raw, options));
    TRY_VOID(parse_out(raw, options));
    if (!raw.launch_rights.empty()) options.launch_rights = TRY(parse_launch_rights(raw.launch_rights));
    if (!raw.far_memory.empty()) options.far_memory = TRY(parse_far_memory(raw.far_memory));
    options.until = raw.until;
    options.deterministic = raw.deterministic;
    options.verbose = raw.verbose;
    options.any_launch = raw.any_launch;
    return options;
}

std::string adversary_names() { return names_of(model::host::adversary_names); }

std::string host_property_names() { return names_of(abi::adyton::host_property_names); }

std::string host_names() { return names_of(abi::adyton::host_names); }

}  // namespace tools::run
