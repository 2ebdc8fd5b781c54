// SPDX-License-Identifier: MIT
// From the words of the command line to the action of one command.
#pragma once
#include <string>
#include <string_view>

#include "tools/cli/command.hpp"

namespace tools::cli {

/// Texts about the program as a whole.
struct Texts {
    std::string version;    ///< for --version
    std::string_view help;  ///< for --help without a command; a command's is made from its options
};

/// Parses, and runs the action of the chosen command, or of `program` itself without one. Returns the exit
/// code. A mistyped line is a usage error: one sentence on stderr names it and the command's help, and no
/// action runs. `program` and the targets of its options outlive the call.
[[nodiscard]] int run(const Command& program, const Texts& texts, int argc, const char* const* argv);

}  // namespace tools::cli
