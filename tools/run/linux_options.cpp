// SPDX-License-Identifier: MIT
// The options that only the guest `linux` has.
#include "base/result.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/report/nonce.hpp"
#include "tools/run/options.hpp"
#include "tools/run/out_folder.hpp"

namespace tools::run {
namespace {

Result<void> parse_devices(const RawOptions& raw, Options& options) {
    if (raw.disks.empty() && raw.net.empty()) return {};
    if (raw.deterministic)
        return problem(
            "--deterministic and --disk or --net exclude each other; a device answers when the host does");
    if (raw.disks.size() > qemu::max_disks)
        return problem("--disk can be given {} times at most", qemu::max_disks);
    for (const std::string& disk : raw.disks) options.disks.push_back(TRY(qemu::parse_disk(disk)));
    if (!raw.net.empty()) options.net = TRY(qemu::parse_net(raw.net));
    options.linux_guest.disks = options.disks.size();
    options.linux_guest.has_net = options.net.has_value();
    return {};
}

Result<void> refuse_linux(const RawOptions& raw) {
    if (!raw.kernel.empty() || !raw.initrd.empty() || !raw.append.empty() || !raw.release.empty() ||
        !raw.loader.empty() || !raw.disks.empty() || !raw.net.empty() || raw.interactive)
        return problem(
            "--kernel, --initrd, --append, --release, --loader, --disk, --net and --interactive belong to "
            "the guest "
            "'linux'; write adyton run linux");
    return {};
}

payload::LinuxOptions linux_options(const RawOptions& raw, qemu::CpuFeatures cpu_features) {
    payload::LinuxOptions options;
    if (!raw.kernel.empty()) options.kernel = raw.kernel;
    if (!raw.initrd.empty()) options.initrd = raw.initrd;
    if (!raw.loader.empty()) options.loader = raw.loader;
    // The machine announces XSAVES, without which Linux refuses the leaf, and has none (docs/qemu.md).
    const bool has_xsave = qemu::has(cpu_features, qemu::xsave_feature());
    options.append = has_xsave ? "clearcpuid=xsaves " + raw.append : raw.append;
    options.release = raw.release.empty() ? debian::default_release : raw.release;
    options.task = raw.interactive ? payload::LinuxTask::Shell : payload::LinuxTask::Checks;
    options.is_repeatable = raw.deterministic;
    return options;
}

/// Every other guest is a program of this build or an ELF file, and knows no disk.
bool may_have_disks(const Options& options) { return options.is_linux() || options.guest.ends_with(".igvm"); }

}  // namespace

Result<void> parse_out(const RawOptions& raw, Options& options) {
    if (raw.out.empty()) {
        if (raw.nonce.empty()) return {};
        return problem("--nonce goes to the guest over the disk of --out; name a folder with --out");
    }
    if (!may_have_disks(options))
        return problem("--out belongs to the guest 'linux' and to images, .igvm; write adyton run linux");
    if (raw.deterministic || raw.alone || options.reboot == Reboot::Restarts)
        return problem("--out is a disk of one run; leave out --deterministic, --alone and --reboot restart");
    options.out = {raw.out, raw.nonce.empty() ? random_nonce() : TRY(attestation::parse_nonce(raw.nonce))};
    return {};
}

Result<void> parse_linux(const RawOptions& raw, Options& options) {
    if (!options.is_linux()) return refuse_linux(raw);
    TRY_VOID(payload::check_linux_features(options.build));
    options.linux_guest = linux_options(raw, options.cpu_features);
    TRY_VOID(parse_devices(raw, options));
    // A disk of ours is for kernels that nothing but the image starts.
    options.linux_guest.is_file = options.is_firmware();
    if (raw.memory.empty())
        options.memory = options.is_firmware() && !options.has_system() ? payload::firmware_default_memory
                                                                        : payload::linux_default_memory;
    if (!raw.timeout.empty()) return {};
    options.timeout_seconds = options.has_system() ? debian_default_timeout : linux_default_timeout;
    if (raw.interactive) options.timeout_seconds = longest_timeout;
    // Input is a pipe: a shell that does not end with its input is not waiting for a person.
    if (raw.interactive) options.seconds_after_input = linux_default_timeout;
    return {};
}

}  // namespace tools::run
