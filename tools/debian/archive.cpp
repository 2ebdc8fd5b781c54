// SPDX-License-Identifier: MIT
// apt with every path of its state pointed at our folder.
#include "tools/debian/archive.hpp"

#include <unistd.h>

#include <sstream>

#include "base/result.hpp"
#include "tools/debian/sources.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

Result<void> make_folder(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return problem("cannot make the folder {}: {}", path.string(), error.message());
    return {};
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

Bytes bytes_of(const std::string& text) { return std::as_bytes(std::span{text}); }

}  // namespace

Result<Archive> Archive::open(const fs::path& folder, const std::vector<std::string>& releases) {
    const Archive archive{folder, releases.front(), releases.size() > 1};
    TRY_VOID(archive.set_up(releases, "deb"));
    return archive;
}

Result<Archive> Archive::open_sources(const fs::path& folder, const std::string& release) {
    const Archive archive{folder, release, false};
    TRY_VOID(archive.set_up({release}, "deb-src"));
    return archive;
}

Result<void> Archive::set_up(const std::vector<std::string>& releases, std::string_view kind) const {
    const std::string running = TRY(running_release("/etc/os-release"));
    const auto sources = TRY(sources_for("/etc/apt", running, releases, kind));
    for (const char* each : {"sources.list.d", "state/lists/partial", "cache/archives/partial", "packages"})
        TRY_VOID(make_folder(folder_ / each));
    for (const SourceFile& file : sources)
        TRY_VOID(write_file(folder_ / "sources.list.d" / file.name, bytes_of(file.text)));
    // No package is installed here, so that apt has no opinion on what fits the system.
    TRY_VOID(write_file(folder_ / "state/status", {}));
    TRY_VOID(apt("apt-get", {"update"},
                 formatted("cannot fetch the package lists of Debian {} (is there a network?)", release_)));
    return {};
}

Result<std::string> Archive::apt(const std::string& program, const std::vector<std::string>& words,
                                 const std::string& purpose, const fs::path& folder) const {
    std::vector<std::string> command{program, "-q"};
    const auto set = [&](const std::string& option, const std::string& value) {
        command.insert(command.end(), {"-o", option + "=" + value});
    };
    set("Dir::Etc::sourcelist", "/dev/null");
    set("Dir::Etc::sourceparts", (folder_ / "sources.list.d").string());
    set("Dir::Etc::preferences", "/dev/null");
    set("Dir::Etc::preferencesparts", "/dev/null");
    set("Dir::State", (folder_ / "state").string());
    set("Dir::State::status", (folder_ / "state/status").string());
    set("Dir::Cache", (folder_ / "cache").string());
    set("Acquire::Languages", "none");
    set("Acquire::Retries", "2");
    // Without it `update` only warns when a mirror does not answer, and old lists stay in use.
    set("APT::Update::Error-Mode", "any");
    // Backports give way to all others unless they are asked for. Before there are lists it would
    // be an error.
    if (has_others_ && words.front() != "update") set("APT::Default-Release", release_);
    // apt's own user could not write into a folder below our home.
    if (::geteuid() == 0) set("APT::Sandbox::User", "root");
    command.insert(command.end(), words.begin(), words.end());
    return output_of(command, purpose, folder);
}

Result<std::vector<std::string>> Archive::dependencies(const std::vector<std::string>& packages) const {
    std::vector<std::string> words{"depends", "--important"};
    words.insert(words.end(), packages.begin(), packages.end());
    const std::string text =
        TRY(apt("apt-cache", words, formatted("Debian {} lacks a package: {}", release_, joined(packages))));
    std::istringstream stream{text};
    std::vector<std::string> names;
    for (std::string line; std::getline(stream, line);) {
        constexpr std::string_view label = "Depends: ";
        const std::size_t at = line.find(label);
        // In angle brackets: a name for which several packages could stand.
        if (at != std::string::npos && !line.ends_with('>')) names.push_back(line.substr(at + label.size()));
    }
    return names;
}

Result<void> Archive::unpack(const std::vector<std::string>& packages, const fs::path& to) const {
    // apt-get downloads into the current folder, and ours is the user's.
    const fs::path folder = folder_ / "packages";
    std::error_code error;
    fs::remove_all(folder, error);
    TRY_VOID(make_folder(folder));
    TRY_VOID(make_folder(to));
    std::vector<std::string> words{"download"};
    words.insert(words.end(), packages.begin(), packages.end());
    TRY_VOID(apt("apt-get", words, formatted("cannot fetch from Debian {}: {}", release_, joined(packages)),
                 folder));
    for (const auto& entry : fs::directory_iterator{folder, error})
        if (entry.path().extension() == ".deb")
            TRY_VOID(output_of({"dpkg-deb", "-x", entry.path().string(), to.string()},
                               formatted("cannot unpack {}", entry.path().filename().string())));
    fs::remove_all(folder, error);
    return {};
}

Result<void> Archive::download_source(const std::string& package, const std::string& version,
                                      const fs::path& to) const {
    TRY_VOID(make_folder(to));
    TRY_VOID(apt("apt-get", {"source", "--download-only", package + "=" + version},
                 formatted("cannot fetch the source of {} {} of Debian {}", package, version, release_), to));
    return {};
}

}  // namespace tools::debian
