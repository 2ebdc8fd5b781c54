// SPDX-License-Identifier: MIT
// Finds the build that this executable belongs to.
#include "tools/support/install.hpp"

#include <algorithm>
#include <fstream>

namespace tools {

namespace fs = std::filesystem;

std::vector<std::string> Install::guest_names() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{bin / "guests", error})
        if (entry.path().extension() == ".elf") names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

Result<Install> find_install() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    if (error) return problem("cannot find the folder of this program: {}", error.message());
    return Install{self.parent_path()};
}

Result<fs::path> Install::source() const {
    constexpr std::string_view key = "CMAKE_HOME_DIRECTORY:INTERNAL=";
    std::ifstream cache{build() / "CMakeCache.txt"};
    for (std::string line; std::getline(cache, line);)
        if (line.starts_with(key)) return fs::path{line.substr(key.size())};
    return problem("{} is not a build of adyton; run ./adyton in the source tree", build().string());
}

}  // namespace tools
