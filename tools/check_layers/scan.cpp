// SPDX-License-Identifier: MIT
// Line by line; no preprocessor needed, because our includes depend on no condition.
#include "tools/check_layers/scan.hpp"

#include <fstream>
#include <set>

#include "tools/support/format.hpp"

namespace tools::check_layers {
namespace {

/// The text between quotes of `#include "..."`; empty for any other line.
std::string_view quoted_include(std::string_view line) {
    const auto skip_blanks = [&] {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    };
    skip_blanks();
    if (!line.starts_with('#')) return {};
    line.remove_prefix(1);
    skip_blanks();
    if (!line.starts_with("include")) return {};
    line.remove_prefix(7);
    skip_blanks();
    if (!line.starts_with('"')) return {};
    line.remove_prefix(1);
    return line.substr(0, line.find('"'));
}

std::string check_include(const std::filesystem::path& root, const std::string& from, std::string_view to,
                          const Rules& rules) {
    const std::string target{to};
    if (target.find("..") != target.npos || target.find('/') == target.npos)
        return formatted("include \"{}\" is not written from the root", target);
    if (rules.rule_for(target) == nullptr)
        return formatted("include \"{}\" lies in no directory of docs/boundaries.md", target);
    // Headers that the build makes lie beside the sources they belong to, in the build folder.
    const bool generated = target.ends_with(".inc") || target.find("generated") != target.npos;
    if (!generated && !std::filesystem::exists(root / target))
        return formatted("include \"{}\" does not exist below the root", target);
    if (!rules.allows(from, target))
        return formatted("may not include \"{}\": see docs/boundaries.md", target);
    return {};
}

}  // namespace

bool is_source(const std::filesystem::path& path) {
    static const std::set<std::string> extensions{".cpp", ".hpp", ".h",  ".c",     ".S", ".s",
                                                  ".asm", ".inc", ".ld", ".cmake", ".sh"};
    return extensions.contains(path.extension().string()) || path.filename() == "CMakeLists.txt";
}

std::vector<std::string> scan_file(const std::filesystem::path& root, const std::string& path,
                                   const Rules& rules) {
    std::vector<std::string> findings;
    std::ifstream file{root / path};
    bool licensed = false;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        // Second line at most: a script has its interpreter first.
        if (number <= 2 && line.find("SPDX-License-Identifier: MIT") != line.npos) licensed = true;
        const std::string_view target = quoted_include(line);
        if (target.empty()) continue;
        const std::string finding = check_include(root, path, target, rules);
        if (!finding.empty()) findings.push_back(formatted("{}:{}: {}", path, number, finding));
    }
    if (!licensed) findings.push_back(formatted("{}:1: has no SPDX-License-Identifier line", path));
    return findings;
}

}  // namespace tools::check_layers
