// SPDX-License-Identifier: MIT
// Folders are compared, not file names: one test may judge several files of a room.
#include "tools/check_layers/mirror.hpp"

#include <fstream>
#include <set>

#include "tools/support/format.hpp"

namespace tools::check_layers {
namespace {

constexpr std::string_view unit_tests = "tests/unit/";

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

/// `name` is a word of the list: the whole line, or with blanks and parentheses around it.
bool listed(const std::filesystem::path& list, std::string_view name) {
    std::ifstream file{list};
    for (std::string line; std::getline(file, line);) {
        const std::size_t at = line.find(name);
        if (at == line.npos || (at != 0 && line[at - 1] != ' ')) continue;
        const std::size_t end = at + name.size();
        if (end == line.size() || line[end] == ' ' || line[end] == ')') return true;
    }
    return false;
}

}  // namespace

std::vector<std::string> misplaced_tests(const std::filesystem::path& root, std::span<const Source> sources) {
    std::set<std::string> rooms;
    for (const Source& source : sources) rooms.insert(folder_of(source.path));
    std::vector<std::string> findings;
    for (const Source& source : sources) {
        const std::string& path = source.path;
        if (!path.starts_with(unit_tests) || !path.ends_with("_test.cpp")) continue;
        const std::string folder = folder_of(path);
        const std::string tested = folder.size() < unit_tests.size() ? "" : folder.substr(unit_tests.size());
        if (!rooms.contains(tested))
            findings.push_back(formatted("{}:1: there is no folder {} that it could test", path, tested));
        if (!listed(root / folder / "CMakeLists.txt", path.substr(folder.size() + 1)))
            findings.push_back(formatted("{}:1: is not in {}/CMakeLists.txt", path, folder));
    }
    return findings;
}

}  // namespace tools::check_layers
