// SPDX-License-Identifier: MIT
// The cache holds one folder per release; it appears under its name only when it is complete.
#include "tools/debian/kernel.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/support/file.hpp"
#include "tools/support/terminal.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

constexpr const char* metapackage = "linux-image-cloud-amd64";
constexpr const char* image_prefix = "linux-image-";
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

/// The one entry of `folder` whose name begins with `prefix`.
Result<fs::path> entry_of(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error})
        if (entry.path().filename().string().starts_with(prefix)) return entry.path();
    return problem("{} has no {}...; remove the folder, and it is fetched again", folder.string(), prefix);
}

Result<KernelPackage> look_into(const fs::path& folder) {
    KernelPackage found;
    constexpr std::string_view name = "vmlinuz-";
    found.kernel = TRY(entry_of(folder / "boot", std::string{name}));
    found.version = found.kernel.filename().string().substr(name.size());
    found.modules = folder / "usr/lib/modules" / found.version;
    std::error_code error;
    if (!fs::exists(found.modules, error)) found.modules = folder / "lib/modules" / found.version;
    found.busybox = folder / "usr/bin/busybox";
    if (!fs::exists(found.busybox, error)) found.busybox = folder / "bin/busybox";
    return found;
}

Result<void> fetch(const std::string& release, const fs::path& to) {
    const fs::path scratch = to.parent_path() / (release + ".part");
    std::error_code error;
    fs::remove_all(scratch, error);
    say(formatted("fetching the package lists of Debian {} ...", release));
    const Archive archive = TRY(Archive::open(to.parent_path() / (release + ".apt"), release));
    const std::string image = TRY(archive.dependency(metapackage, image_prefix));
    say(formatted("fetching {} (about 35 MB) and {} ...", image, busybox_package));
    TRY_VOID(archive.unpack(image, scratch));
    TRY_VOID(archive.unpack(busybox_package, scratch));
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
