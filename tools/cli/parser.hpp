// SPDX-License-Identifier: MIT
// From the words of the command line to the action of one command.
#pragma once
#include <string>
#include <string_view>

#include "tools/cli/command.hpp"

namespace tools::cli {

/// What the program as a whole says of itself.
struct Texts {
    std::string version;    ///< for --version
    std::string_view help;  ///< for --help without a command; a command's is made from its options
};

/// Parses, and runs the action that was chosen: that of `program` itself when no command was. The value is
/// the exit code. What was typed wrongly is told in one sentence, which names the help of the command it
/// was typed for, and is a usage error; no action has run then. `program` and what its options point to
/// outlive the call.
[[nodiscard]] int run(const Command& program, const Texts& texts, int argc, const char* const* argv);

}  // namespace tools::cli
