// SPDX-License-Identifier: MIT
// judge FOLDER NAME [--amd]: makes a judge ready and becomes it. It reads folders of cases on stdin and prints a verdict for
// each. FOLDER is tests/judges. Exit code 77, which ctest counts as skipped, when the judge cannot be had; 1 with
// ADYTON_JUDGES=required in the environment, as continuous integration has it.
#include "tests/judges/fetch.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/result.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/debian/cache.hpp"
#include "tools/support/file.hpp"

namespace judges {
namespace {

namespace fs = std::filesystem;
using tools::Result;

Result<std::vector<std::string>> words_for(const fs::path& folder, const std::string& name) {
    if (name == "go-sev-guest") return std::vector{TRY(find_go_judge(folder / name)).string()};
    if (name != "tinfoil") return tools::problem("there is no judge '{}'", name);
    const fs::path modules = TRY(find_npm_folder(folder / name)), node = TRY(find_node(folder / "node"));
    return std::vector{node.string(), (folder / name / "judge.mjs").string(), modules.string()};
}

/// Returns only when the program cannot be started.
tools::Problem become(std::vector<std::string> words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    ::execv(pointers.front(), pointers.data());
    return {tools::formatted("{} cannot be started", words.front())};
}

tools::Problem run(const fs::path& folder, const std::string& name, const std::vector<std::string>& options) {
    auto words = words_for(folder, name);
    if (!words) return words.error();
    words->insert(words->end(), options.begin(), options.end());
    return become(*std::move(words));
}

}  // namespace

Result<fs::path> place_for(const std::string& name, const fs::path& of) {
    const auto content = TRY(tools::read_file(of));
    constexpr std::size_t digits = 12;
    return TRY(tools::debian::cache_folder()) / "judges" /
           tools::formatted("{}-{}", name,
                            tools::crypto::hex(tools::crypto::sha256(content)).substr(0, digits));
}

}  // namespace judges

int main(int count, char** words) {
    constexpr int skipped = 77, first_option = 3;
    if (count < first_option) return EXIT_FAILURE;
    const auto why = judges::run(words[1], words[2], {words + first_option, words + count});
    const char* const demand = std::getenv("ADYTON_JUDGES");
    const bool is_required = demand != nullptr && std::string_view{demand} == "required";
    std::cerr << "the judge " << words[2] << " cannot be had: " << why.sentence << "\n"
              << (is_required ? "it is required here; ADYTON_OFFLINE=1 lets .ci/run do without\n" : "");
    return is_required ? EXIT_FAILURE : skipped;
}
