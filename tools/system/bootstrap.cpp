// SPDX-License-Identifier: MIT
#include "tools/system/bootstrap.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/sources.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"
#include "tools/system/tool.hpp"

namespace tools::system {
namespace {

namespace fs = std::filesystem;

/// Beyond the packages without which there is no Debian: what starts a virtual machine, and D-Bus, without which
/// systemd's parts do not find each other. In Debian's own choice initramfs-tools makes the initrd.
constexpr const char* packages =
    "systemd-sysv,udev,dbus,kmod,initramfs-tools,zstd,linux-image-cloud-amd64";

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr char customize[] = {
#embed "customize.sh"
};
#pragma clang diagnostic pop

/// The system's release has tools that fit the system.
Result<fs::path> fetch_tools(const fs::path& scratch) {
    debian::say("fetching mmdebstrap, genext2fs and mtools ...");
    const std::string running = TRY(debian::running_release("/etc/os-release"));
    const debian::Archive archive = TRY(debian::Archive::open(scratch / "own", {running}));
    const fs::path folder = scratch / "tools";
    TRY_VOID(archive.unpack({"mmdebstrap", "genext2fs", "mtools"}, folder));
    return folder / "usr/bin";
}

/// The system's mirror and keys, for the other release.
Result<std::vector<fs::path>> write_sources(const std::string& release, const fs::path& folder) {
    const std::string running = TRY(debian::running_release("/etc/os-release"));
    std::vector<fs::path> files;
    std::error_code error;
    fs::create_directories(folder, error);
    for (const debian::SourceFile& file : TRY(debian::sources_for("/etc/apt", running, {release}))) {
        files.push_back(folder / file.name);
        TRY_VOID(write_file(files.back(), std::as_bytes(std::span{file.text})));
    }
    return files;
}

/// A user needs a range of users, for the owners of files; only a program of root's can give it.
std::string purpose_for(bool is_root) {
    return formatted("mmdebstrap cannot make the system{}",
                     is_root ? "" : " (without root it wants the package uidmap, and the user in /etc/subuid)");
}

/// The one file below boot/ that begins so.
Result<fs::path> find_one(const fs::path& folder, std::string_view prefix) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder, error})
        if (entry.path().filename().string().starts_with(prefix)) return entry.path();
    return problem("the new system has no /boot/{}", prefix);
}

}  // namespace

std::vector<std::string> bootstrap_words(const BootstrapRequest& request) {
    std::vector<std::string> words{"env"};
    // A user's namespace cannot reach a folder below that user's home.
    if (request.is_root) words.push_back(formatted("TMPDIR={}", request.temporary.string()));
    words.insert(words.end(), {(request.tools / "mmdebstrap").string(), "--quiet", "--format=tar", "--variant=minbase",
                               formatted("--include={}", packages),
                               formatted("--customize-hook={}", std::string_view{customize, sizeof customize}),
                               request.release, request.to.string()});
    for (const fs::path& source : request.sources) words.push_back(source.string());
    return words;
}

Result<Bootstrapped> bootstrap(const std::string& release, const fs::path& scratch) {
    const fs::path tools = TRY(fetch_tools(scratch)), system = scratch / "system.tar", temporary = scratch / "tmp";
    const auto sources = TRY(write_sources(release, scratch / "sources"));
    std::error_code error;
    fs::create_directories(temporary, error);
    debian::say(formatted("making Debian {}'s minimal system (about 130 MB of packages, some minutes) ...", release));
    const bool is_root = ::geteuid() == 0;
    TRY_VOID(use_tool(bootstrap_words({release, tools, temporary, system, sources, is_root}), purpose_for(is_root)));
    const fs::path parts = scratch / "parts";
    fs::create_directories(parts, error);
    TRY_VOID(use_tool({"tar", "-xf", system.string(), "-C", parts.string(), "--wildcards", "--no-same-owner",
                       "./boot/vmlinuz-*", "./boot/initrd.img-*", "./usr/lib/os-release"},
                      "cannot read the new system"));
    return Bootstrapped{tools, system, TRY(find_one(parts / "boot", "vmlinuz-")),
                        TRY(find_one(parts / "boot", "initrd.img-")), parts / "usr/lib/os-release"};
}

}  // namespace tools::system
