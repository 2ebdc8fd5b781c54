// SPDX-License-Identifier: MIT
// Debian's packages as the files of a system, by mmdebstrap.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::system {

struct Bootstrapped {
    std::filesystem::path tools;   ///< folder of the programs that were fetched for this
    std::filesystem::path system;  ///< a tar
    std::filesystem::path kernel, initrd, os_release;  ///< three of its files
};

/// Makes the minimal system of `release` below `scratch`; needs the network. A problem says which tool failed, in its
/// own last words, or that the disk is full.
[[nodiscard]] Result<Bootstrapped> bootstrap(const std::string& release, const std::filesystem::path& scratch);

/// The words of that one command; pure. `sources` are files for apt.
struct BootstrapRequest {
    std::string release;
    std::filesystem::path tools, temporary, to;
    std::vector<std::filesystem::path> sources;
    bool is_root = false;
};
[[nodiscard]] std::vector<std::string> bootstrap_words(const BootstrapRequest& request);

}  // namespace tools::system
