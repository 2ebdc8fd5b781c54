// SPDX-License-Identifier: MIT
#include "tools/fuzz/folders.hpp"

#include <algorithm>

#include "base/result.hpp"
#include "tools/support/install.hpp"
#include "tools/support/state.hpp"

namespace tools::fuzz {
namespace {

namespace fs = std::filesystem;

bool holds_files(const fs::path& folder) {
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator{folder, error})
        if (entry.is_regular_file(error)) return true;
    return false;
}

/// build/release/fuzz, and those of other configurations beside it.
std::vector<fs::path> find_older(const fs::path& build) {
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{build.parent_path(), error})
        if (const fs::path fuzz = entry.path() / "fuzz";
            holds_files(fuzz / "corpus") || holds_files(fuzz / "findings"))
            found.push_back(fuzz);
    std::ranges::sort(found);
    return found;
}

}  // namespace

Result<Folders> find_folders(const std::string& corpus) {
    const Install install = TRY(find_install());
    const fs::path kept = TRY(state_folder()) / "fuzz";
    std::error_code error;
    // Absolute: a name that begins with a hyphen would be an option to the target.
    const fs::path chosen = corpus.empty() ? kept / "corpus" : fs::absolute(corpus, error);
    return Folders{install.bin / "fuzz",
                   TRY(install.source()) / "tests/fuzz/corpus",
                   chosen,
                   kept / "findings",
                   kept / "logs",
                   find_older(install.build())};
}

Result<void> make_folders(const Folders& folders, const std::string& target) {
    for (const fs::path& folder : {folders.corpus / target, folders.findings, folders.logs}) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (!fs::is_directory(folder, error))
            return problem("cannot make the folder {}; name another with --corpus or XDG_STATE_HOME",
                           folder.string());
    }
    return {};
}

}  // namespace tools::fuzz
