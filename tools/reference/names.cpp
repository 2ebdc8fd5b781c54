// SPDX-License-Identifier: MIT
#include "tools/reference/names.hpp"

#include <sstream>

namespace tools::reference {

std::vector<std::string> names_of(const cli::Option& option) {
    std::vector<std::string> names;
    if (option.is_positional()) return names;
    std::istringstream list{option.names};
    for (std::string name; std::getline(list, name, ',');) names.push_back(name);
    return names;
}

std::vector<cli::Option> all_options(const cli::Command& command) {
    std::vector<cli::Option> options{{help_names, "", "show this text", static_cast<bool*>(nullptr)}};
    cli::append(options, command.options);
    return options;
}

}  // namespace tools::reference
