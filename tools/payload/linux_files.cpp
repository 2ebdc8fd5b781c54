// SPDX-License-Identifier: MIT
#include "tools/payload/linux_files.hpp"

#include "base/result.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/linux/disk.hpp"
#include "tools/linux/initramfs.hpp"
#include "tools/linux/kernel_file.hpp"

namespace tools::run {
namespace {

/// A panic ends the run. The TSC of all CPUs is one and the same, and the timer needs no search for its pin:
/// both searches ask devices many times, and each time is an exit.
constexpr std::string_view base_command_line =
    "console=ttyS0,115200 panic=-1 oops=panic tsc=reliable no_timer_check";

std::string command_line(const LinuxOptions& options, const LinuxScene& scene) {
    // Told, because the kernel cannot find it out: a port takes longer to read than its measurement allows
    // for.
    std::string line = formatted("{} tsc_early_khz={}", base_command_line, scene.tsc_khz);
    // For our own init; a kernel takes words with a dot for parameters of a module that it does not have.
    if (!options.initrd) line += formatted(" adyton.vmpl={} adyton.cpus={}", scene.vmpl, scene.cpus);
    if (options.has_disk()) line += " adyton.disk=1";
    if (!options.initrd && !options.disks.empty())
        line += formatted(" adyton.disks={}", options.disks.size());
    if (!options.initrd && options.net) line += " adyton.net=1";
    if (!options.initrd && options.interactive) line += " adyton.shell";
    if (!options.initrd && options.only_boots) line += " adyton.boot";
    return options.append.empty() ? line : line + " " + options.append;
}

/// What the user did not name.
Result<debian::KernelPackage> from_distribution(const LinuxOptions& options) {
    if (options.kernel && options.initrd) return debian::KernelPackage{};
    auto package = debian::find_kernel(options.release);
    if (!package)
        return problem("{}; with --kernel and --initrd nothing is fetched", package.error().sentence);
    return package;
}

/// Found here, because the cure is another than for a kernel that the user named.
Result<void> check_cached(Bytes kernel, const std::string& path, const std::string& release) {
    const auto sound = linux_boot::read_kernel(kernel, path);
    if (sound) return {};
    const auto folder = TRY(debian::cache_folder()) / "debian" / release;
    return problem("{}; remove {} to fetch it again", sound.error().sentence, folder.string());
}

}  // namespace

Result<LinuxGuestFiles> find_linux_files(const LinuxOptions& options, const LinuxScene& scene) {
    LinuxGuestFiles files;
    files.command_line = command_line(options, scene);
    debian::KernelPackage package = TRY(from_distribution(options));
    const auto kernel = options.kernel.value_or(package.kernel);
    files.kernel_name = kernel.string();
    files.kernel = TRY(read_file(kernel));
    if (!options.kernel) TRY_VOID(check_cached(files.kernel, files.kernel_name, options.release));
    if (options.loader) {
        files.loader_name = options.loader->string();
        files.loader = TRY(read_file(*options.loader));
        if (files.loader.empty()) return problem("{} is empty", files.loader_name);
    }
    if (options.initrd) {
        files.initrd = TRY(read_file(*options.initrd));
        return files;
    }
    if (options.has_disk()) files.disk = TRY(linux_boot::build_disk());
    // Modules fit only the kernel that they were built with.
    if (options.kernel) package.modules.clear();
    files.initrd =
        TRY(linux_boot::build_initramfs({package.busybox, package.modules, options.net.has_value()}));
    return files;
}

}  // namespace tools::run
