// SPDX-License-Identifier: MIT
#include "tools/payload/linux.hpp"

#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/linux/disk.hpp"
#include "tools/linux/initramfs.hpp"
#include "tools/linux/kernel_file.hpp"
#include "tools/payload/tsc.hpp"

namespace tools::payload {
namespace {

/// A panic ends the run. The TSC of all CPUs is one and the same, and the timer needs no search for its pin:
/// both searches ask devices many times, and each time is an exit. A kernel with Secure TSC knows the first.
constexpr std::string_view first_words = "console=ttyS0,115200 panic=-1 oops=panic",
                           clock_words = " tsc=reliable", last_words = " no_timer_check";

/// Words for our own init; a kernel takes words with a dot for parameters of a module that it does not have.
std::string init_words(const LinuxOptions& options, const LinuxScene& scene) {
    std::string words = formatted(" adyton.vmpl={} adyton.cpus={}", scene.vmpl, scene.cpus);
    if (options.has_own_disk()) words += " adyton.disk=1";
    if (options.disks != 0) words += formatted(" adyton.disks={}", options.disks);
    if (options.has_net) words += " adyton.net=1";
    if (options.task == LinuxTask::Shell) words += " adyton.shell";
    if (options.task == LinuxTask::BootOnly) words += " adyton.boot";
    return words;
}

std::string command_line(const LinuxOptions& options, const LinuxScene& scene) {
    std::string line = formatted("{}{}{}", first_words, scene.has_secure_tsc ? "" : clock_words, last_words);
    if (!scene.has_secure_tsc) line += formatted(" tsc_early_khz={}", tsc_khz(options));
    if (!options.initrd) line += init_words(options, scene);
    return options.append.empty() ? line : line + " " + options.append;
}

/// The files that the user did not name.
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

/// The user's initrd, or our own, with the modules of the very kernel that it runs on.
Result<Buffer> find_initrd(const LinuxOptions& options, const debian::KernelPackage& package) {
    if (options.initrd) return read_file(*options.initrd);
    return linux_boot::build_initramfs(
        {package.busybox, options.kernel ? std::filesystem::path{} : package.modules, options.has_net});
}

Result<Buffer> find_loader(const std::filesystem::path& path) {
    Buffer loader = TRY(read_file(path));
    if (loader.empty()) return problem("{} is empty", path.string());
    return loader;
}

}  // namespace

std::uint64_t tsc_khz(const LinuxOptions& options) {
    if (options.is_repeatable) return deterministic_tsc_khz;
    return options.tsc_khz ? *options.tsc_khz : measure_tsc_khz();
}

Result<LinuxFiles> find_linux_files(const LinuxOptions& options, const LinuxScene& scene) {
    LinuxFiles files;
    linux_boot::GuestFiles& guest = files.guest;
    guest.command_line = command_line(options, scene);
    const debian::KernelPackage package = TRY(from_distribution(options));
    const auto kernel = options.kernel.value_or(package.kernel);
    guest.kernel_name = kernel.string();
    guest.kernel = TRY(read_file(kernel));
    if (!options.kernel) TRY_VOID(check_cached(guest.kernel, guest.kernel_name, options.release));
    if (options.loader) {
        guest.loader_name = options.loader->string();
        guest.loader = TRY(find_loader(*options.loader));
    }
    if (options.has_own_disk()) files.disk = TRY(linux_boot::build_disk());
    guest.initrd = TRY(find_initrd(options, package));
    return files;
}

bool has_secure_tsc(const Build& build) {
    return abi::SevFeatures::SecureTsc::test(build.sev_features.value_or(0));
}

Result<void> check_linux_features(const Build& build) {
    // With this feature every interrupt arrives as #HV, for which Linux has no handler: it ends itself (set
    // 0 code 2).
    if (abi::SevFeatures::RestrictedInjection::test(build.sev_features.value_or(0)))
        return problem(
            "Linux does not support restricted injection, and refuses to start with it; leave it out of "
            "--sev-features");
    return {};
}

Result<Loaded> load_linux(const LinuxOptions& options, const LinuxScene& scene) {
    LinuxFiles files = TRY(find_linux_files(options, scene));
    return Loaded{.guest = TRY(linux_boot::load_guest(files.guest)),
                  .name = std::string{linux_guest_name},
                  .disk = std::move(files.disk)};
}

}  // namespace tools::payload
