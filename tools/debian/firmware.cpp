// SPDX-License-Identifier: MIT
// The cache holds one folder per release.
#include "tools/debian/firmware.hpp"

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

constexpr const char* firmware_file = "usr/share/ovmf/OVMF.fd";
constexpr const char *amdsev_file = "usr/share/ovmf/OVMF.amdsev.fd", *amdsev_package = "ovmf-amdsev";
/// Newer releases have split the package: `ovmf` is empty there.
constexpr const char *package = "ovmf", *newer_package = "ovmf-generic";

Result<void> fetch(const std::string& release, const fs::path& apt_folder, const fs::path& to) {
    say(formatted("fetching the package lists of Debian {} ...", release));
    const Archive archive = TRY(Archive::open(apt_folder, {release}));
    say(formatted("fetching {} (about 6 MB) ...", package));
    TRY_VOID(archive.unpack({package}, to));
    std::error_code error;
    if (fs::exists(to / firmware_file, error)) return {};
    say(formatted("fetching {} ...", newer_package));
    TRY_VOID(archive.unpack({newer_package}, to));
    if (!fs::exists(to / firmware_file, error))
        return problem("{} of Debian {} holds no {}", newer_package, release, firmware_file);
    return {};
}

Result<void> fetch_amdsev(const std::string& release, const fs::path& apt_folder, const fs::path& to) {
    say(formatted("fetching the package lists of Debian {} ...", release));
    const Archive archive = TRY(Archive::open(apt_folder, {release}));
    say(formatted("fetching {} (about 2 MB) ...", amdsev_package));
    TRY_VOID(archive.unpack({amdsev_package}, to));
    std::error_code error;
    if (!fs::exists(to / amdsev_file, error))
        return problem("{} of Debian {} holds no {}", amdsev_package, release, amdsev_file);
    return {};
}

}  // namespace

Result<fs::path> find_amdsev_firmware(const std::string& release) {
    const fs::path folder =
        TRY(fetch_once("firmware-amdsev", release, [&](const fs::path& apt_folder, const fs::path& scratch) {
            return fetch_amdsev(release, apt_folder, scratch);
        }));
    return folder / amdsev_file;
}

Result<fs::path> find_firmware(const std::string& release) {
    const fs::path folder =
        TRY(fetch_once("firmware", release, [&](const fs::path& apt_folder, const fs::path& scratch) {
            return fetch(release, apt_folder, scratch);
        }));
    return folder / firmware_file;
}

}  // namespace tools::debian
