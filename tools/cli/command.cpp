// SPDX-License-Identifier: MIT
#include "tools/cli/command.hpp"

#include "tools/support/terminal.hpp"

namespace tools::cli {

std::string listed(const std::string& words) { return folded(words, "  ", "  ", 76); }

}  // namespace tools::cli
