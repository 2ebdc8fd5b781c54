// SPDX-License-Identifier: MIT
// The names of a command's options, with the one that every command has.
#pragma once
#include <string>
#include <vector>

#include "tools/cli/command.hpp"

namespace tools::reference {

inline constexpr const char* help_names = "-h,--help";

/// "-o,--output" as two names; a positional argument has none.
[[nodiscard]] std::vector<std::string> names_of(const cli::Option& option);
/// --help, then those of the command.
[[nodiscard]] std::vector<cli::Option> all_options(const cli::Command& command);

}  // namespace tools::reference
