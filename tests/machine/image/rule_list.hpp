// SPDX-License-Identifier: MIT
// The rules of a program, read out of its ELF file.
#pragma once
#include <string>
#include <vector>

#include "tools/elf/file.hpp"
#include "tools/support/problem.hpp"

namespace rules {

/// `Rule` of lib/rule.hpp without its function.
struct ListedRule {
    std::string name, heading, ends, options, image;
};
/// In the order of the program. A problem: no table of rules, or one that points outside the program.
[[nodiscard]] tools::Result<std::vector<ListedRule>> read_rules(const tools::elf::File& program);

}  // namespace rules
