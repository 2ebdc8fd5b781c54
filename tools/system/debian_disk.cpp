// SPDX-License-Identifier: MIT
// Packages become a tar by mmdebstrap, the tar becomes file systems without being unpacked or mounted: so it takes root
// nowhere but where mmdebstrap cannot do without.
#include "tools/system/debian_disk.hpp"

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/sources.hpp"
#include "tools/support/file.hpp"
#include "tools/system/bootstrap.hpp"
#include "tools/system/clock.hpp"
#include "tools/system/disk_image.hpp"
#include "tools/system/unified_kernel.hpp"

namespace tools::system {
namespace {

namespace fs = std::filesystem;

/// What the making needs at its highest, with some room for later releases: the system as tar, as file system and as
/// disk, or before that the system as folder with its packages, and the tar.
constexpr std::uint64_t room_needed = 3ull << 29;

/// A disk knows no computer: each run fills in the clock of its own.
std::string kernel_words() {
    return formatted("root=LABEL=adyton-root ro console=ttyS0,115200 panic=-1 oops=panic quiet {}", clock_words);
}

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr char grub_text[] = {
#embed "grub.cfg"
};
#pragma clang diagnostic pop

std::string grub_config() {
    constexpr std::string_view mark = "@WORDS@";
    std::string text{grub_text, sizeof grub_text};
    return text.replace(text.find(mark), mark.size(), kernel_words());
}

Result<void> make_disks(const Bootstrapped& from, const fs::path& loaders, const fs::path& scratch,
                        const fs::path& to) {
    debian::say("making the file systems ...");
    const fs::path grub = scratch / "grub.cfg", unified = scratch / "linux.efi";
    const std::string config = grub_config();
    TRY_VOID(write_file(grub, std::as_bytes(std::span{config})));
    const fs::path signed_grub = loaders / "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed";
    const fs::path boot = loaders / "usr/lib/systemd/boot/efi";
    TRY_VOID(make_unified_kernel({boot / "linuxx64.efi.stub", from.kernel, from.initrd, from.os_release, kernel_words()},
                                 unified));
    const DiskTools tools{from.tools, scratch};
    TRY_VOID(make_disk(tools, {{signed_grub, "EFI/BOOT/BOOTX64.EFI"}, {grub, "EFI/debian/grub.cfg"}}, from.system,
                       to / "system.img"));
    return make_disk(tools, {{boot / "systemd-bootx64.efi", "EFI/BOOT/BOOTX64.EFI"}, {unified, "EFI/Linux/debian.efi"}},
                     {}, to / "unified.img");
}

Result<void> make(const std::string& release, const fs::path& scratch, const fs::path& to) {
    std::error_code error;
    fs::remove_all(scratch, error);  // what a making that was killed has left
    fs::create_directories(scratch, error);
    fs::create_directories(to, error);
    TRY_VOID(check_room(to, room_needed));
    debian::say(formatted("fetching the package lists of Debian {} ...", release));
    const fs::path loaders = scratch / "loaders";
    const debian::Archive archive = TRY(debian::Archive::open(scratch / "apt", {release}));
    debian::say("fetching the boot loaders ...");
    TRY_VOID(archive.unpack({"grub-efi-amd64-signed", "systemd-boot-efi"}, loaders));
    const Bootstrapped from = TRY(bootstrap(release, scratch));
    return make_disks(from, loaders, scratch, to);
}

}  // namespace

Result<void> check_room(const fs::path& folder, std::uint64_t bytes) {
    std::error_code error;
    const fs::space_info room = fs::space(folder, error);
    constexpr double gibi = 1ull << 30;
    if (error || room.available >= bytes) return {};
    return problem("making the disk takes {:.1f} GiB, and {} has {:.1f} GiB left; make room, or set XDG_CACHE_HOME",
                   static_cast<double>(bytes) / gibi, folder.string(), static_cast<double>(room.available) / gibi);
}

Result<DebianDisk> find_debian_disk(const std::string& release) {
    const fs::path folder =
        TRY(debian::fetch_once("system", release, [&](const fs::path& scratch, const fs::path& to) {
            return make(release, scratch, to);
        }));
    return DebianDisk{folder / "system.img", folder / "unified.img"};
}

}  // namespace tools::system
