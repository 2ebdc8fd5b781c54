// SPDX-License-Identifier: MIT
// The options that only the guest `debian` has, and those that it cannot have.
#include "base/result.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/run/options.hpp"

namespace tools::run {
namespace {

Result<payload::BootLoader> parse_loader(const std::string& text) {
    if (text.empty() || text == "grub") return payload::BootLoader::Grub;
    if (text == "systemd-boot") return payload::BootLoader::SystemdBoot;
    return problem("--loader {} is not possible with the guest 'debian'; choose grub or systemd-boot", text);
}

}  // namespace

Result<void> parse_system(const RawOptions& raw, Options& options) {
    if (!raw.kernel.empty() || !raw.initrd.empty() || !raw.append.empty())
        return problem(
            "Debian's kernel and its command line are on the disk; leave out --kernel, --initrd and --append, or write "
            "adyton run linux");
    if (raw.deterministic)
        return problem(
            "--deterministic and the guest 'debian' exclude each other; its disk answers when the host does");
    if (!raw.out.empty())
        return problem("--out is for the checks of the guest 'linux'; write adyton run linux");
    payload::SystemOptions system{.release = raw.release.empty() ? debian::default_release : raw.release,
                                  .loader = TRY(parse_loader(raw.loader)),
                                  .has_checks = !raw.interactive};
    TRY_VOID(debian::check_release(system.release));
    options.firmware_guest.system = std::move(system);
    return {};
}

}  // namespace tools::run
