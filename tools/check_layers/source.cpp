// SPDX-License-Identifier: MIT
// Line by line; no preprocessor needed, because our includes depend on no condition.
#include "tools/check_layers/source.hpp"

#include <algorithm>
#include <fstream>
#include <set>

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

}  // namespace

bool is_source(const std::filesystem::path& path) {
    static const std::set<std::string> extensions{".cpp", ".hpp", ".h",  ".c",     ".S", ".s",
                                                  ".asm", ".inc", ".ld", ".cmake", ".sh"};
    return extensions.contains(path.extension().string()) || path.filename() == "CMakeLists.txt";
}

Source read_source(const std::filesystem::path& root, const std::string& path) {
    Source source{path, false, {}};
    std::ifstream file{root / path};
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        // Second line at most: a script has its interpreter first.
        if (number <= 2 && line.find("SPDX-License-Identifier: MIT") != line.npos) source.licensed = true;
        const std::string_view target = quoted_include(line);
        if (!target.empty()) source.includes.push_back({std::string{target}, number});
    }
    return source;
}

std::vector<Source> read_tree(const std::filesystem::path& root, const Rules& rules) {
    std::vector<Source> sources;
    for (const std::string& directory : rules.roots()) {
        std::error_code error;
        for (const auto& entry : std::filesystem::recursive_directory_iterator{root / directory, error})
            if (entry.is_regular_file() && is_source(entry.path()))
                sources.push_back(read_source(root, entry.path().lexically_relative(root).string()));
    }
    std::ranges::sort(sources, {}, &Source::path);
    return sources;
}

}  // namespace tools::check_layers
