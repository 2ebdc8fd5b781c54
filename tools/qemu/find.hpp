// SPDX-License-Identifier: MIT
// Finds the QEMU that `--qemu` names, and its version.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "tools/cli/command.hpp"
#include "tools/support/problem.hpp"

namespace tools::qemu {

/// Used unless `--qemu` says otherwise (docs/adr/0029).
inline constexpr std::string_view default_program = "qemu-system-x86_64";
/// `--qemu debian:RELEASE` is QEMU of that release of Debian.
inline constexpr std::string_view debian_prefix = "debian:";

/// `--qemu`, of every command that has it.
[[nodiscard]] cli::Option program_option(std::string& to);

/// Where the program is that `--qemu` names: QEMU of a Debian release, fetched when it is not there yet, or
/// what find_program finds.
[[nodiscard]] Result<std::filesystem::path> find(const std::string& wanted);
/// Where `program` lies: itself when it has a slash, else the first executable on PATH.
[[nodiscard]] Result<std::filesystem::path> find_program(const std::string& program);

/// "10.0.2" out of what `--version` prints; empty when that is not QEMU's.
[[nodiscard]] std::string parse_version(std::string_view text);
/// False before QEMU 8.1: with a thread for each CPU, such a QEMU can translate code that another CPU is
/// overwriting, and then execute the old code from then on. True when the version is unknown.
[[nodiscard]] bool keeps_up_with_code(std::string_view version);
/// Asks the program; "of unknown version" when it does not say.
[[nodiscard]] std::string version_of(const std::filesystem::path& program);

}  // namespace tools::qemu
