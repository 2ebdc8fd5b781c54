// SPDX-License-Identifier: MIT
// check_layers ROOT: fails when the tree is not what docs/boundaries.md says it is.
#include <cstdio>
#include <filesystem>

#include "tools/check_layers/circles.hpp"
#include "tools/check_layers/edges.hpp"
#include "tools/check_layers/mirror.hpp"

using namespace tools::check_layers;

namespace {

/// Every finding of every check; empty for a tree that is as the document says.
std::vector<std::string> findings(const std::filesystem::path& root, const std::vector<Source>& sources,
                                  const Rules& rules) {
    std::vector<std::string> all;
    for (const Source& source : sources) all.append_range(check_source(root, source, rules));
    all.append_range(rooms_without_row(sources, rules));
    all.append_range(circles(sources, rules));
    all.append_range(unused_grants(sources, rules));
    all.append_range(misplaced_tests(root, sources));
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path root = argc == 2 ? argv[1] : ".";
    const Rules rules = Rules::read(root / "docs/boundaries.md");
    if (rules.empty()) {
        std::fprintf(stderr, "check_layers: there is no table in docs/boundaries.md below %s\n",
                     root.c_str());
        return 2;
    }
    const std::vector<Source> sources = read_tree(root, rules);
    // A check of no file must not pass for a check without findings.
    if (sources.empty()) {
        std::fprintf(stderr, "check_layers: no source files below %s\n", root.c_str());
        return 1;
    }
    const auto all = findings(root, sources, rules);
    for (const std::string& finding : all) std::fprintf(stderr, "%s\n", finding.c_str());
    return all.empty() ? 0 : 1;
}
