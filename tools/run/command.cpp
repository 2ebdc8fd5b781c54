// SPDX-License-Identifier: MIT
// The options of `adyton run`, in the order of its help.
#include "tools/run/command.hpp"

#include <memory>

#include "abi/adyton/limits.hpp"
#include "tools/run/alone.hpp"
#include "tools/run/run.hpp"
#include "tools/support/format.hpp"
#include "tools/support/terminal.hpp"

namespace tools::run {
namespace {

constexpr const char* exit_codes =
    "Exit codes: 0 success, 1 failure, 2 usage, 3 SVSM terminated,\n4 machine stopped, 5 timeout.";

std::vector<cli::Option> machine_options(RawOptions& raw) {
    return {{"GUEST", "", "built guest, ELF, IGVM, linux, debian or firmware", &raw.guest},
            {"--cpus", "N", formatted("vCPUs, 1 to {} (default: 4)", abi::adyton::max_vcpus), &raw.cpus},
            {"--memory", "SIZE", "guest memory, like 256M or 1G (default: 256M)", &raw.memory},
            {"--timeout", "SECONDS", "time after which the run ends (default: 60)", &raw.timeout},
            {"--until", "TEXT", "end with success when the console shows TEXT", &raw.until},
            {"--reboot", "HOW", "what a reboot does: end or restart (default: end)", &raw.reboot},
            {"--trace", "FILE", "record what the machine does, for adyton trace", &raw.trace},
            {"--trace-size", "SIZE", "memory for it, 1M to 1G (default: 64M)", &raw.trace_size},
            {"--gdb", "[PORT]", "stop at the SVSM's start for gdb (port 1234)", &raw.gdb},
            {"--alone", "", "conformance: a new machine for each check", &raw.alone},
            {"--deterministic", "", "one instruction is one tick; all runs are equal", &raw.deterministic},
            {"--seed", "N", "of its random numbers (default: 1)", &raw.seed},
            {"--verbose", "", "show the log of the machine and of QEMU", &raw.verbose},
            qemu::program_option(raw.qemu),
            {"--threads", "HOW", "of QEMU: auto, single or multi (default: auto)", &raw.threads},
            {"--qemu-cpu", "MODEL", "CPU model that QEMU emulates (default: EPYC)", &raw.qemu_cpu},
            {"--cpu-features", "LIST", "more of it, with commas: xsave, pku, cx16", &raw.cpu_features},
            {"--device", "TEXT", "another QEMU device, as its -device takes it", &raw.devices}};
}

std::vector<cli::Option> linux_options(RawOptions& raw) {
    return {{"--kernel", "FILE", "linux: another kernel, a bzImage", &raw.kernel},
            {"--initrd", "FILE", "linux: another initramfs", &raw.initrd},
            {"--release", "NAME", "linux, debian: Debian NAME (default: trixie)", &raw.release},
            {"--loader", "FILE|NAME", "linux: an ELF file; debian: grub or systemd-boot", &raw.loader},
            {"--interactive", "", "linux, debian: a shell instead of the checks", &raw.interactive},
            {"--disk", "FILE[,ro|,snapshot][,format=F]", "linux: image for /dev/vda, then vdb... (8 at most)",
             &raw.disks},
            {"--net", "user[,hostfwd=...]", "linux: a network card, QEMU's own network", &raw.net},
            {"--out", "FOLDER", "linux, images: new folder for reports and other files", &raw.out},
            {"--nonce", "HEX|FILE", "64 bytes for its reports (default: random)", &raw.nonce},
            {"--append", "TEXT", "linux: words to add to the kernel's command line", &raw.append}};
}

std::vector<cli::Option> host_options(RawOptions& raw) {
    return {
        {"--adversary", "NAME", "let the host misbehave, in a way listed below", &raw.adversary},
        {"--host", "NAME", "strict, kvm or planes (images: kvm, others: strict)", &raw.host},
        {"--launch-rights", "RIGHTS", "of VMPL1 to 3 at launch: none, all, or some of rwus",
         &raw.launch_rights},
        {"--firmware", "FILE|debian[:RELEASE]|0xADDRESS,SIZE",
         "firmware, linux: OVMF to start with; images: its place", &raw.firmware},
        {"--kernel-hashes", "on|off", "firmware: the launch digest covers the kernel", &raw.kernel_hashes},
        {"--far-memory", "0xADDRESS,SIZE", "more memory, at 512 GiB or above", &raw.far_memory},
        {"--any-launch", "", "go on when the launch is not that of the image", &raw.any_launch},
        {"--host-data", "HEX", "32 bytes of the host's choice for reports", &raw.host_data},
        {"--host-property", "NAME,...", "how an honest host differs, listed below", &raw.host_properties}};
}

}  // namespace

cli::Command command() {
    const auto raw = std::make_shared<RawOptions>();
    cli::Command command{.name = "run", .help = "Boot the SVSM and a guest on the emulated machine"};
    command.options = machine_options(*raw);
    cli::append(command.options, payload::build_options(raw->build));
    cli::append(command.options, linux_options(*raw));
    cli::append(command.options, host_options(*raw));
    command.footer = "Ways for the host to misbehave:\n" + cli::listed(adversary_names()) +
                     "\nHost properties:\n" + cli::listed(host_property_names()) + "\n" + exit_codes;
    command.action = [raw] {
        const auto options = parse(*raw);
        if (!options) return static_cast<int>(report(options.error()));
        return options->alone ? run_alone(*options) : run(*options);
    };
    return command;
}

}  // namespace tools::run
