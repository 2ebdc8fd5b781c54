// SPDX-License-Identifier: MIT
// sha256sum does the work: 40 MB take it 0.2 s, and a boot takes ten.
#include "tools/debian/sums.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

/// Below `folder`, an older list left out, in an order that does not depend on the file system.
std::vector<std::string> files_below(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator{folder, error})
        if (entry.symlink_status(error).type() == fs::file_type::regular)
            names.push_back(entry.path().lexically_relative(folder).string());
    std::erase(names, sums_file);
    std::ranges::sort(names);
    return names;
}

/// "usr/bin/busybox: FAILED open or read" in what sha256sum says.
std::string damaged_file(const std::string& output) {
    const std::size_t mark = output.find(": FAILED");
    if (mark == std::string::npos) return {};
    const std::size_t line = output.rfind('\n', mark);
    const std::size_t begin = line == std::string::npos ? 0 : line + 1;
    return output.substr(begin, mark - begin);
}

}  // namespace

Result<void> write_sums(const fs::path& folder) {
    std::vector<std::string> words{"sha256sum", "--"};
    std::ranges::move(files_below(folder), std::back_inserter(words));
    const std::string sums = TRY(output_of(words, formatted("cannot read {}", folder.string()), folder));
    return write_file(folder / sums_file, std::as_bytes(std::span{sums}));
}

Result<void> check_sums(const fs::path& folder) {
    std::error_code error;
    if (!fs::exists(folder / sums_file, error)) return {};
    const CommandResult said =
        TRY(run_command({"sha256sum", "--check", "--quiet", "--strict", sums_file}, folder));
    if (said.status == 0) return {};
    // No file is named when the list itself is damaged.
    const std::string file = damaged_file(said.output);
    return problem("{} is damaged; remove {} to fetch it again",
                   (folder / (file.empty() ? sums_file : file)).string(), folder.string());
}

}  // namespace tools::debian
