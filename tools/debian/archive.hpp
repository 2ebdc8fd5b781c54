// SPDX-License-Identifier: MIT
// Packages of Debian releases, fetched by apt into our own folder. Nothing is installed, and the state of the
// system's apt stays as it is. apt checks signatures and sums.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::debian {

class Archive {
public:
    /// Sets up apt for `releases` inside `folder` and fetches the lists. A package that several releases have
    /// comes from the first. Slow; needs the network.
    [[nodiscard]] static Result<Archive> open(const std::filesystem::path& folder,
                                              const std::vector<std::string>& releases);

    /// The same for source packages of one release, and only for them.
    [[nodiscard]] static Result<Archive> open_sources(const std::filesystem::path& folder,
                                                      const std::string& release);

    /// The release that packages are taken from.
    [[nodiscard]] const std::string& release() const { return release_; }
    /// The packages that one of `packages` depends on; some may come twice.
    [[nodiscard]] Result<std::vector<std::string>> dependencies(
        const std::vector<std::string>& packages) const;
    /// Downloads the newest versions of that release and unpacks their files below `to`. Many at once take little longer
    /// than one: apt reads its lists each time.
    [[nodiscard]] Result<void> unpack(const std::vector<std::string>& packages,
                                      const std::filesystem::path& to) const;

    /// Downloads the files of a source package, in that very version, into `to`. Nothing is unpacked.
    [[nodiscard]] Result<void> download_source(const std::string& package, const std::string& version,
                                               const std::filesystem::path& to) const;

private:
    [[nodiscard]] Result<void> set_up(const std::vector<std::string>& releases, std::string_view kind) const;
    Archive(std::filesystem::path folder, std::string release, bool has_others)
        : folder_{std::move(folder)}, release_{std::move(release)}, has_others_{has_others} {}
    [[nodiscard]] Result<std::string> apt(const std::string& program, const std::vector<std::string>& words,
                                          const std::string& purpose,
                                          const std::filesystem::path& folder = {}) const;
    std::filesystem::path folder_;
    std::string release_;  ///< the first
    bool has_others_;
};

}  // namespace tools::debian
