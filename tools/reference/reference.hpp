// SPDX-License-Identifier: MIT
// What can be told about the command line from its own definition: the man page, and completion for shells.
#pragma once
#include <string>
#include <vector>

namespace tools::reference {

struct Option {
    std::vector<std::string> names;  ///< "-o", "--output"; empty for a positional argument
    std::string value;               ///< "FILE"; empty for a flag
    std::string help;
};
struct Command {
    std::string name, help;
    std::vector<Option> options;
    std::vector<Command> commands;
};

/// roff(7), section 1.
[[nodiscard]] std::string man_page(const Command& program, std::string_view version);
/// A script to be sourced; `guests` are offered where a guest is wanted.
[[nodiscard]] std::string bash_completion(const Command& program, const std::vector<std::string>& guests);
/// The same through zsh's bashcompinit.
[[nodiscard]] std::string zsh_completion(const Command& program, const std::vector<std::string>& guests);

}  // namespace tools::reference
