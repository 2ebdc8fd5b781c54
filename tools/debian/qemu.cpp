// SPDX-License-Identifier: MIT
// The unpacked packages and a script that starts the program among them: Debian's QEMU looks for its files in
// /usr, so it has to be told.
#include "tools/debian/qemu.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"
#include "tools/debian/libraries.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

/// The program, what all its kinds share, ROMs of its own and the firmware of its computer.
constexpr std::array packages{"qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios"};
constexpr const char* program = "qemu-system-x86_64";
constexpr std::string_view library_folder = "usr/lib/x86_64-linux-gnu";

/// Lies beside usr/, wherever the whole was moved to. Where the C library was fetched too, its own loader starts the
/// program: a C library works with the loader of its own version only.
constexpr std::string_view script =
    "#!/bin/sh\n"
    "# QEMU of another Debian release, fetched by adyton; its files lie beside this script.\n"
    "here=${0%/*}\n"
    "libraries=$here/usr/lib/x86_64-linux-gnu\n"
    "export QEMU_MODULE_DIR=\"$libraries/qemu\"\n"
    "set -- \"$here/usr/bin/qemu-system-x86_64\" -L \"$here/usr/share/qemu\" -L \"$here/usr/share/seabios\" "
    "\"$@\"\n"
    "loader=$libraries/ld-linux-x86-64.so.2\n"
    "[ ! -e \"$loader\" ] || exec \"$loader\" --inhibit-cache --library-path \"$libraries\" \"$@\"\n"
    "export LD_LIBRARY_PATH=\"$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\"\n"
    "exec \"$@\"\n";

/// Backports hold newer packages only: what they build on is in the release that they are for.
std::vector<std::string> with_base(const std::string& release) {
    const std::size_t at = release.find("-backports");
    if (at == std::string::npos) return {release};
    return {release, release.substr(0, at)};
}

/// Fetches what the program and its libraries lack on this system, until they lack nothing. False when the system cannot
/// be completed: a library of it is too old, or nothing is known to have what is missing.
Result<bool> complete(const Archive& archive, const fs::path& folder) {
    std::vector<std::string> known = TRY(archive.dependencies({packages.begin(), packages.end()}));
    std::set<std::string> fetched;
    while (true) {
        // Its exit code says nothing: what it finds missing, we fetch; what else is wrong, the program tells.
        const auto found =
            TRY(run_command({"env", formatted("LD_LIBRARY_PATH={}", (folder / library_folder).string()),
                             "ldd", (folder / "usr/bin" / program).string()}));
        const auto missing = missing_libraries(found.output);
        if (missing.empty()) return !has_older_library(found.output + found.errors);
        for (const std::string& library : missing) {
            const auto package = package_of(library, known);
            if (!package || !fetched.insert(*package).second) return false;
            say(formatted("fetching {} ...", *package));
            TRY_VOID(archive.unpack({*package}, folder));
            for (std::string& name : TRY(archive.dependencies({*package}))) known.push_back(std::move(name));
        }
    }
}

/// The packages that the program needs, with all that they need in turn.
Result<std::vector<std::string>> all_dependencies(const Archive& archive) {
    std::vector<std::string> all{packages.begin(), packages.end()}, added = all;
    while (!added.empty()) {
        std::vector<std::string> next;
        for (std::string& name : TRY(archive.dependencies(added)))
            if (!std::ranges::contains(all, name)) {
                all.push_back(name);
                next.push_back(std::move(name));
            }
        added = std::move(next);
    }
    return std::vector<std::string>{all.begin() + packages.size(), all.end()};
}

/// Everything down to the C library, so that nothing of this system's is used.
Result<void> bring_all(const Archive& archive, const fs::path& to) {
    say("the libraries of this system do not suffice; looking for its own ...");
    const auto all = TRY(all_dependencies(archive));
    say(formatted("fetching its {} packages (about 40 MB) ...", all.size()));
    return archive.unpack(all, to);
}

Result<void> fetch(const std::string& release, const fs::path& apt_folder, const fs::path& to) {
    say(formatted("fetching the package lists of Debian {} ...", release));
    const Archive archive = TRY(Archive::open(apt_folder, with_base(release)));
    say("fetching QEMU (about 15 MB) ...");
    TRY_VOID(archive.unpack({packages.begin(), packages.end()}, to));
    if (!TRY(complete(archive, to))) TRY_VOID(bring_all(archive, to));
    TRY_VOID(write_file(to / program, std::as_bytes(std::span{script})));
    std::error_code error;
    fs::permissions(to / program,
                    fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                        fs::perms::others_read | fs::perms::others_exec,
                    error);
    if (error) return problem("cannot write {}: {}", (to / program).string(), error.message());
    TRY_VOID(output_of({(to / program).string(), "--version"},
                       formatted("QEMU of Debian {} does not run on this system", release)));
    return {};
}

}  // namespace

Result<fs::path> find_qemu(const std::string& release) {
    const fs::path folder =
        TRY(fetch_once("qemu", release, [&](const fs::path& apt_folder, const fs::path& scratch) {
            return fetch(release, apt_folder, scratch);
        }));
    return folder / program;
}

}  // namespace tools::debian
