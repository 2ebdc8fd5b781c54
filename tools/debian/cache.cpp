// SPDX-License-Identifier: MIT
#include "tools/debian/cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/result.hpp"
#include "tools/debian/sums.hpp"
#include "tools/support/file.hpp"
#include "tools/support/terminal.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

void say(const std::string& text) { print_error("adyton: " + text + "\n"); }

Result<fs::path> cache_folder() {
    const char* const cache = std::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/') return fs::path{cache} / "adyton";
    const char* const home = std::getenv("HOME");
    if (home != nullptr && *home == '/') return fs::path{home} / ".cache/adyton";
    return problem("there is no folder for a cache: neither XDG_CACHE_HOME nor HOME is set");
}

Result<void> check_release(const std::string& release) {
    const bool is_word = std::ranges::all_of(
        release, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    if (release.empty() || !is_word || release.starts_with('-'))
        return problem("'{}' cannot be a release of Debian; name one like trixie or bookworm-backports",
                       release);
    return {};
}

Result<void> fill_once(const fs::path& folder, const Fill& fill) {
    std::error_code error;
    if (fs::exists(folder, error)) return check_sums(folder);
    fs::create_directories(folder.parent_path(), error);
    const auto beside = [&](const char* ending) {
        return folder.parent_path() / (folder.filename().string() + ending);
    };
    const Descriptor held = TRY(lock(beside(".lock")));
    // Another process may have filled it meanwhile.
    if (fs::exists(folder, error)) return {};
    const fs::path scratch = beside(".part");
    fs::remove_all(scratch, error);
    const auto fill_and_sum = [&]() -> Result<void> {
        TRY_VOID(fill(scratch));
        return write_sums(scratch);
    };
    if (auto filled = fill_and_sum(); !filled) {
        fs::remove_all(scratch, error);
        return filled;
    }
    fs::rename(scratch, folder, error);
    if (error) return problem("cannot write {}: {}", folder.string(), error.message());
    say(formatted("kept in {}", folder.string()));
    return {};
}

Result<fs::path> fetch_once(const std::string& kind, const std::string& release, const Fetch& fetch) {
    TRY_VOID(check_release(release));
    const fs::path folder = TRY(cache_folder()) / kind / release;
    TRY_VOID(fill_once(folder, [&](const fs::path& scratch) {
        const fs::path apt_folder = folder.parent_path() / (release + ".apt");
        auto fetched = fetch(apt_folder, scratch);
        std::error_code error;
        fs::remove_all(apt_folder, error);  // lists of packages: 50 MB, not needed any more
        return fetched;
    }));
    return folder;
}

}  // namespace tools::debian
