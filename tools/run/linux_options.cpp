// SPDX-License-Identifier: MIT
// The options that only the guest `linux` has.
#include "base/result.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/run/options.hpp"

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

}  // namespace

Result<void> parse_linux(const RawOptions& raw, Options& options) {
    if (!options.is_linux()) return refuse_linux(raw);
    TRY_VOID(payload::check_linux_features(options.build));
    options.linux_guest = linux_options(raw, options.cpu_features);
    TRY_VOID(parse_devices(raw, options));
    if (raw.memory.empty()) options.memory = payload::linux_default_memory;
    if (!raw.timeout.empty()) return {};
    options.timeout_seconds = raw.interactive ? longest_timeout : linux_default_timeout;
    // Input is a pipe: a shell that does not end with its input is not waiting for a person.
    if (raw.interactive) options.seconds_after_input = linux_default_timeout;
    return {};
}

}  // namespace tools::run
