// SPDX-License-Identifier: MIT
// Texts made from the definition of the command line: the man page, and completion for shells.
#pragma once
#include <string>
#include <vector>

#include "tools/cli/command.hpp"

namespace tools::reference {

/// roff(7), section 1.
[[nodiscard]] std::string man_page(const cli::Command& program, std::string_view version);
/// A script to be sourced; `guests` are offered where a guest is wanted.
[[nodiscard]] std::string bash_completion(const cli::Command& program,
                                          const std::vector<std::string>& guests);
/// The same through zsh's bashcompinit.
[[nodiscard]] std::string zsh_completion(const cli::Command& program, const std::vector<std::string>& guests);

}  // namespace tools::reference
