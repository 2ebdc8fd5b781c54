// SPDX-License-Identifier: MIT
#include "tools/run/prepare.hpp"

#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"
#include "tools/measure/igvm.hpp"
#include "tools/payload/tsc.hpp"
#include "tools/run/threads.hpp"
#include "tools/support/terminal.hpp"

namespace tools::run {
namespace {

payload::Request request_of(const Options& options) {
    return {.kind = options.kind,
            .guest = options.guest,
            .linux_guest = options.linux_guest,
            .firmware = options.firmware_guest,
            .build = options.build,
            .memory = options.memory + (options.far_memory ? options.far_memory->size() : 0),
            .cpus = options.cpus,
            .pages_stay = true,  // this machine's host obeys the policy
            .only_check = options.only_check};
}

/// A finished image may hold any software, written for the host that most of it meets. The kind of the file decides,
/// never its contents.
std::string host_of(const Options& options, const Prepared& prepared) {
    if (!options.host.host.empty()) return options.host.host;
    return prepared.payload.is_finished ? "kvm" : "";
}

/// A guest with Secure TSC asks the processor for the frequency. Measured for such guests alone: it takes a moment.
std::uint32_t tsc_mhz_of(const Options& options, const Prepared& prepared) {
    constexpr unsigned khz = 1000;
    if (!abi::SevFeatures::SecureTsc::test(prepared.payload.sev_features)) return 0;
    const std::uint64_t frequency =
        options.deterministic ? payload::deterministic_tsc_khz : payload::measure_tsc_khz();
    return static_cast<std::uint32_t>(frequency / khz);
}

std::vector<qemu::ConfigFile> config_of(const payload::Payload& payload) {
    std::vector<qemu::ConfigFile> files;
    for (const payload::HostFile& file : payload.files) files.push_back({file.name, file.bytes});
    return files;
}

qemu::SnpMachine machine_of(const Options& options, const Prepared& prepared) {
    return {.snpemu = prepared.snpemu,
            .image = prepared.payload.image,
            .c_bit = prepared.c_bit,
            .adversary = options.host.adversary,
            .host = host_of(options, prepared),
            .host_properties = options.host.properties,
            .launch_rights = options.launch_rights,
            .firmware = prepared.payload.window ? prepared.payload.window : options.firmware,
            .config = config_of(prepared.payload),
            .far_memory = options.far_memory,
            .host_data = options.host_data,
            .tsc_mhz = tsc_mhz_of(options, prepared),
            .logs = options.verbose,
            .trace_bytes = options.trace ? options.trace_bytes : 0};
}

/// A disk of ours comes first, for firmware to start from. What is written to it goes with the run.
std::vector<qemu::Disk> disks_of(const Options& options, const payload::Payload& payload) {
    std::vector<qemu::Disk> disks;
    for (const auto& file : payload.system_disks)
        disks.push_back({file, qemu::DiskMode::Snapshot, qemu::DiskFormat::Raw});
    disks.insert(disks.end(), options.disks.begin(), options.disks.end());
    return disks;
}

measure::Rules launch_rules(const Options& options) { return {.lower_rights = options.launch_rights}; }

qemu::Console console_of(const Options& options) {
    const bool is_shell = options.is_linux() && options.linux_guest.task == payload::LinuxTask::Shell;
    return is_shell ? qemu::Console::Dialogue : qemu::Console::Output;
}

/// The run ends in the firmware's shell, unless the user says where it ends, or wants to type.
bool seeks_disk(const Options& options) {
    return options.is_firmware() && !options.firmware_guest.has_kernel && !options.disks.empty() &&
           options.until.empty() && options.linux_guest.task != payload::LinuxTask::Shell;
}

}  // namespace

Result<Prepared> prepare(const Options& options) {
    const Install install = TRY(find_install());
    payload::Payload payload = TRY(payload::prepare(request_of(options), install));
    if (std::error_code error; !std::filesystem::exists(install.snpemu(), error))
        return problem("{} is missing; build it with ./adyton", install.snpemu().string());
    const auto program = TRY(qemu::find(options.qemu));
    if (options.cpu_features != qemu::CpuFeatures{})
        TRY_VOID(qemu::check_cpu_features(options.cpu_features, qemu::version_of(program)));
    const unsigned c_bit = payload.c_bit.value_or(options.build.c_bit.value_or(payload::default_c_bit));
    std::optional<measure::Measurement> measurement;
    if (auto measured = measure::measure_igvm(payload.image, payload.name, launch_rules(options)))
        measurement = std::move(*measured);
    return Prepared{std::move(payload),    program, install.snpemu(), choose_threads(options, program), c_bit,
                    std::move(measurement)};
}

qemu::Spec spec_of(const Options& options, const Prepared& prepared) {
    return {.program = prepared.qemu,
            .boots = machine_of(options, prepared),
            .cpu_model = options.qemu_cpu,
            .cpu_features = options.cpu_features,
            .cpus = options.cpus,
            .memory = options.memory,
            .threads = prepared.threads,
            .deterministic = options.deterministic,
            .seed = options.seed,
            .console = console_of(options),
            .disk = prepared.payload.disk,
            .disk_serial = prepared.payload.disk_serial,
            .disks = disks_of(options, prepared.payload),
            .net = options.net,
            .devices = options.devices,
            .count = options.count};
}

qemu::Watch watch_of(const Options& options) {
    return {.timeout_seconds = options.timeout_seconds,
            .seconds_after_input = options.seconds_after_input,
            .quiet = options.quiet,
            .verbose = options.verbose,
            .marks = options.marks,
            .until = seeks_disk(options) ? std::string{verdict::firmware_prompt} : options.until,
            .on_note = [](const qemu::Fields& note) { print_error(verdict::note_line(note)); }};
}

verdict::Subject subject_of(const Options& options, const payload::Payload& payload) {
    return {.name = payload.name,
            .cpus = options.cpus,
            .vmpl = payload.vmpl,
            .qemu_cpu = options.qemu_cpu,
            .timeout_seconds = options.timeout_seconds,
            .deterministic = options.deterministic,
            .kind = payload.kind,
            .seconds_after_input = options.seconds_after_input.value_or(0),
            .seeks_disk = seeks_disk(options),
            .restarts = options.reboot == Reboot::Restarts};
}

std::string about_qemu(const Prepared& prepared) {
    return formatted("{}, {}, {}", qemu::version_of(prepared.qemu),
                     prepared.threads == qemu::Threads::Single ? "one thread" : "a thread for each CPU",
                     prepared.qemu.string());
}

}  // namespace tools::run
