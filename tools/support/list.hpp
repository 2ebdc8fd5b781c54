// SPDX-License-Identifier: MIT
// Lists as people type them: "a,b".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools {

/// The parts of `text` between commas, in order. A part that is empty or comes twice is a problem, in which
/// `option` names the list; so is an empty text.
[[nodiscard]] Result<std::vector<std::string>> parse_list(std::string_view option, std::string_view text);

}  // namespace tools
