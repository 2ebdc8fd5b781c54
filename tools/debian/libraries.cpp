// SPDX-License-Identifier: MIT
#include "tools/debian/libraries.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace tools::debian {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "libpng16.so.16" as a package: its name, a hyphen where two digits would meet, and the
/// number behind ".so".
std::string package_name(std::string_view library) {
    constexpr std::string_view mark = ".so";
    const std::size_t at = library.find(mark);
    if (at == std::string_view::npos) return {};
    std::string name;
    for (const char c : library.substr(0, at))
        name += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    std::string_view version = library.substr(at + mark.size());
    if (version.starts_with('.')) version.remove_prefix(1);
    if (!name.empty() && !version.empty() && is_digit(name.back())) name += '-';
    return name + std::string{version};
}

}  // namespace

std::vector<std::string> missing_libraries(std::string_view ldd_output) {
    std::istringstream lines{std::string{ldd_output}};
    std::vector<std::string> names;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string name, arrow, no, found;
        if (words >> name >> arrow >> no >> found && arrow == "=>" && no == "not" && found == "found" &&
            !std::ranges::contains(names, name))
            names.push_back(name);
    }
    return names;
}

bool has_older_library(std::string_view ldd_output) {
    const std::size_t at = ldd_output.find(": version `");
    return at != std::string_view::npos && ldd_output.find("' not found", at) != std::string_view::npos;
}

std::optional<std::string> package_of(std::string_view library, const std::vector<std::string>& packages) {
    const std::string name = package_name(library);
    if (name.empty()) return std::nullopt;
    for (const std::string& candidate : {name, name + "t64"})
        if (std::ranges::contains(packages, candidate)) return candidate;
    return std::nullopt;
}

}  // namespace tools::debian
