// SPDX-License-Identifier: MIT
// From `run linux` to the files that make a Linux guest: what the user named, and what the distribution has
// for the rest.
#pragma once
#include <cstdint>
#include <string>

#include "tools/run/options.hpp"
#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::run {

/// What the checks inside the guest are to find.
struct LinuxScene {
    unsigned vmpl, cpus;
    std::uint64_t tsc_khz;
};

struct LinuxGuestFiles {
    Buffer kernel, initrd, disk;           ///< the disk may be empty: there is none
    Buffer loader;                         ///< likewise: the kernel comes first
    std::string kernel_name, loader_name;  ///< for sentences
    std::string command_line;
};

/// May fetch packages, and says so on stderr.
[[nodiscard]] Result<LinuxGuestFiles> find_linux_files(const LinuxOptions& options, const LinuxScene& scene);

}  // namespace tools::run
