// SPDX-License-Identifier: MIT
// The cache holds one folder per release.
#include "tools/debian/kernel.hpp"

#include <algorithm>
#include <array>

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

constexpr const char* metapackage = "linux-image-cloud-amd64";
constexpr std::string_view image_prefix = "linux-image-";
/// Packages that newer releases have split off the image.
constexpr std::array split_prefixes{std::string_view{"linux-binary-"}, std::string_view{"linux-modules-"}};
constexpr const char* busybox_package = "busybox-static";

/// Older packages have boot/vmlinuz-VERSION, newer ones usr/lib/modules/VERSION/vmlinuz; before trixie the
/// modules lay in lib.
Result<KernelPackage> look_into(const fs::path& folder) {
    KernelPackage found;
    std::error_code error;
    for (const char* modules : {"lib/modules", "usr/lib/modules"})
        for (const auto& entry : fs::directory_iterator{folder / modules, error}) {
            const std::string version = entry.path().filename();
            for (const fs::path& kernel :
                 {entry.path() / "vmlinuz", folder / "boot" / ("vmlinuz-" + version)})
                if (fs::exists(kernel, error))
                    found = {kernel, entry.path(), folder / "usr/bin/busybox", version};
        }
    if (found.kernel.empty() || !fs::exists(found.busybox, error))
        return problem("{} has no kernel with its modules and busybox; remove the folder to fetch it again",
                       folder.string());
    return found;
}

/// `beside` is where apt's own files go.
Result<void> fetch(const std::string& release, const fs::path& beside, const fs::path& to) {
    say(formatted("fetching the package lists of Debian {} ...", release));
    const Archive archive = TRY(Archive::open(beside / (release + ".apt"), {release}));
    const auto images = TRY(archive.dependencies({metapackage}));
    const auto image =
        std::ranges::find_if(images, [](auto& name) { return name.starts_with(image_prefix); });
    if (image == images.end()) return problem("{} of Debian {} names no kernel", metapackage, release);
    say(formatted("fetching {} (about 35 MB) and {} ...", *image, busybox_package));
    TRY_VOID(archive.unpack({*image}, to));
    for (const std::string& name : TRY(archive.dependencies({*image})))
        if (std::ranges::any_of(split_prefixes, [&](auto prefix) { return name.starts_with(prefix); }))
            TRY_VOID(archive.unpack({name}, to));
    // A release of newer packages only, such as backports, has no busybox.
    // A folder of its own: another run may be fetching that release itself, under another lock.
    const fs::path base = beside / formatted("{}.base.apt", release);
    const bool has_both = release == default_release;
    const Archive other = has_both ? archive : TRY(Archive::open(base, {default_release}));
    TRY_VOID(other.unpack({busybox_package}, to));
    TRY_VOID(look_into(to));
    return {};
}

}  // namespace

Result<KernelPackage> find_kernel(const std::string& release) {
    TRY_VOID(check_release(release));
    const fs::path beside = TRY(cache_folder()) / "debian";
    TRY_VOID(fill_once(beside / release,
                       [&](const fs::path& scratch) { return fetch(release, beside, scratch); }));
    return look_into(beside / release);
}

}  // namespace tools::debian
