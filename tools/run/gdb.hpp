// SPDX-License-Identifier: MIT
// `adyton run --gdb`: the facts that a debugger needs, and the line that tells the user how to start one.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "tools/run/options.hpp"

namespace tools::run {

/// Where gdb finds symbols and commands.
struct GdbFiles {
    std::filesystem::path script;                ///< tools/gdb/adyton.py of the tree
    std::filesystem::path bin;                   ///< of this build
    std::optional<std::filesystem::path> guest;  ///< a program with symbols
};

struct GdbSetup {
    std::uint64_t first_instruction = 0;  ///< entry of the SVSM, or of the guest where there is none
    bool starts_svsm = true;
    GdbFiles files;
};
/// A problem: the program that the launch starts cannot be read, or this build has lost its tree.
[[nodiscard]] Result<GdbSetup> prepare_gdb(const Options& options);

/// The command, ready to be pasted into a shell, whatever the folders are called.
[[nodiscard]] std::string gdb_command(std::uint16_t port, const GdbFiles& files);

}  // namespace tools::run
