// SPDX-License-Identifier: MIT
// check_layers ROOT: fails when a source file includes what docs/boundaries.md does not allow it to.
#include <algorithm>
#include <cstdio>

#include "tools/check_layers/scan.hpp"

namespace fs = std::filesystem;
using namespace tools::check_layers;

namespace {

/// Source files below the directories of the table, sorted, relative to the root.
std::vector<std::string> source_files(const fs::path& root, const Rules& rules) {
    std::vector<std::string> files;
    for (const std::string& directory : rules.roots()) {
        std::error_code error;
        for (const auto& entry : fs::recursive_directory_iterator{root / directory, error})
            if (entry.is_regular_file() && is_source(entry.path()))
                files.push_back(entry.path().lexically_relative(root).string());
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace

int main(int argc, char** argv) {
    const fs::path root = argc == 2 ? argv[1] : ".";
    const Rules rules = Rules::read(root / "docs/boundaries.md");
    if (rules.empty()) {
        std::fprintf(stderr, "check_layers: there is no table in docs/boundaries.md below %s\n",
                     root.c_str());
        return 2;
    }
    std::size_t findings = 0;
    const auto files = source_files(root, rules);
    for (const std::string& file : files)
        for (const std::string& finding : scan_file(root, file, rules)) {
            std::fprintf(stderr, "%s\n", finding.c_str());
            ++findings;
        }
    // A check that looked at nothing must not look like one that found nothing.
    if (files.empty()) std::fprintf(stderr, "check_layers: no source files below %s\n", root.c_str());
    return findings == 0 && !files.empty() ? 0 : 1;
}
