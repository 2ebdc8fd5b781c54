// SPDX-License-Identifier: MIT
#include "tools/support/list.hpp"

#include <algorithm>
#include <sstream>

namespace tools {

Result<std::vector<std::string>> parse_list(std::string_view option, std::string_view text) {
    // The comma at the end makes an empty last part visible.
    std::istringstream stream{std::string{text} + ","};
    std::vector<std::string> parts;
    for (std::string part; std::getline(stream, part, ',');) {
        if (part.empty() || std::ranges::contains(parts, part))
            return problem("{} {} names something twice, or nothing; write it like a,b", option, text);
        parts.push_back(part);
    }
    return parts;
}

}  // namespace tools
