// SPDX-License-Identifier: MIT
// The cache holds one folder per release.
#include "tools/debian/firmware.hpp"

#include <vector>

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

struct Package {
    const char *name, *size;  ///< the size as a progress line says it, or nothing
};
struct Build {
    const char *kind, *file;        ///< the cache's folder, and the file in it
    std::vector<Package> packages;  ///< one of them has the file; tried in this order
};

Result<void> fetch(const Build& build, const std::string& release, const fs::path& apt_folder, const fs::path& to) {
    say(formatted("fetching the package lists of Debian {} ...", release));
    const Archive archive = TRY(Archive::open(apt_folder, {release}));
    for (const Package& package : build.packages) {
        say(formatted("fetching {}{} ...", package.name, package.size));
        TRY_VOID(archive.unpack({package.name}, to));
        std::error_code error;
        if (fs::exists(to / build.file, error)) return {};
    }
    return problem("{} of Debian {} holds no {}", build.packages.back().name, release, build.file);
}

Result<fs::path> find(const Build& build, const std::string& release) {
    const fs::path folder =
        TRY(fetch_once(build.kind, release, [&](const fs::path& apt_folder, const fs::path& scratch) {
            return fetch(build, release, apt_folder, scratch);
        }));
    return folder / build.file;
}

}  // namespace

Result<fs::path> find_amdsev_firmware(const std::string& release) {
    return find({"firmware-amdsev", "usr/share/ovmf/OVMF.amdsev.fd", {{"ovmf-amdsev", " (about 2 MB)"}}}, release);
}

Result<fs::path> find_firmware(const std::string& release) {
    // Newer releases have split the package: `ovmf` is empty there.
    return find({"firmware", "usr/share/ovmf/OVMF.fd", {{"ovmf", " (about 6 MB)"}, {"ovmf-generic", ""}}}, release);
}

}  // namespace tools::debian
