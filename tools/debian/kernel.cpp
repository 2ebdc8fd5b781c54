// SPDX-License-Identifier: MIT
// The cache holds one folder per release; it appears under its name only when it is complete.
#include "tools/debian/kernel.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/support/file.hpp"
#include "tools/support/terminal.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

constexpr const char* metapackage = "linux-image-cloud-amd64";
constexpr std::string_view image_prefix = "linux-image-";
/// What newer releases have split off the image.
constexpr std::array split_prefixes{std::string_view{"linux-binary-"}, std::string_view{"linux-modules-"}};
constexpr const char* busybox_package = "busybox-static";

void say(const std::string& text) { print_error("adyton: " + text + "\n"); }

/// Held as long as the descriptor lives.
Result<Descriptor> lock(const fs::path& file) {
    Descriptor descriptor{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
    if (!descriptor.is_open()) return problem("cannot write to {}", file.parent_path().string());
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
        say("waiting for another adyton that is fetching ...");
        (void)::flock(descriptor.get(), LOCK_EX);  // interrupted: then two fetch, and the last one wins
    }
    return descriptor;
}

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

Result<void> fetch(const std::string& release, const fs::path& to) {
    const fs::path scratch = to.parent_path() / (release + ".part");
    std::error_code error;
    fs::remove_all(scratch, error);
    say(formatted("fetching the package lists of Debian {} ...", release));
    const Archive archive = TRY(Archive::open(to.parent_path() / (release + ".apt"), release));
    const auto images = TRY(archive.dependencies(metapackage));
    const auto image =
        std::ranges::find_if(images, [](auto& name) { return name.starts_with(image_prefix); });
    if (image == images.end()) return problem("{} of Debian {} names no kernel", metapackage, release);
    say(formatted("fetching {} (about 35 MB) and {} ...", *image, busybox_package));
    TRY_VOID(archive.unpack(*image, scratch));
    for (const std::string& name : TRY(archive.dependencies(*image)))
        if (std::ranges::any_of(split_prefixes, [&](auto prefix) { return name.starts_with(prefix); }))
            TRY_VOID(archive.unpack(name, scratch));
    // A release of newer packages only, such as backports, has no busybox.
    const fs::path base = to.parent_path() / formatted("{}.apt", default_release);
    const bool has_both = release == default_release;
    const Archive other = has_both ? archive : TRY(Archive::open(base, default_release));
    TRY_VOID(other.unpack(busybox_package, scratch));
    TRY_VOID(look_into(scratch));
    fs::rename(scratch, to, error);
    if (error) return problem("cannot write {}: {}", to.string(), error.message());
    say(formatted("kept in {}", to.string()));
    return {};
}

}  // namespace

Result<fs::path> cache_folder() {
    const char* const cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/') return fs::path{cache} / "adyton";
    const char* const home = std::getenv("HOME");
    if (home != nullptr && *home == '/') return fs::path{home} / ".cache/adyton";
    return problem("there is no folder for a cache: neither XDG_CACHE_HOME nor HOME is set");
}

Result<KernelPackage> find_kernel(const std::string& release) {
    const fs::path folder = TRY(cache_folder()) / "debian" / release;
    std::error_code error;
    if (fs::exists(folder, error)) return look_into(folder);
    fs::create_directories(folder.parent_path(), error);
    const Descriptor held = TRY(lock(folder.parent_path() / (release + ".lock")));
    // Somebody else may have fetched it while we waited.
    if (!fs::exists(folder, error)) TRY_VOID(fetch(release, folder));
    return look_into(folder);
}

}  // namespace tools::debian
