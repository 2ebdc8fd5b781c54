// SPDX-License-Identifier: MIT
#include "tools/system/tool.hpp"

#include <cstdlib>
#include <sstream>

#include "base/result.hpp"
#include "tools/support/command.hpp"

namespace tools::system {
namespace {

/// The line that says why: mmdebstrap reports in the middle, and tidies up behind it.
std::string reason(const std::string& errors) {
    std::istringstream lines{errors};
    std::string found, last;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("E: ") && found.empty()) found = line.substr(3);
        if (!line.empty()) last = line;
    }
    return found.empty() ? last : found;
}

}  // namespace

Result<void> use_tool(const std::vector<std::string>& words, const std::string& purpose) {
    const char* const path = std::getenv("PATH");
    std::vector<std::string> command{
        "env", formatted("PATH={}:/usr/sbin:/sbin", path == nullptr ? "/usr/bin:/bin" : path)};
    command.insert(command.end(), words.begin(), words.end());
    const CommandResult result = TRY(run_command(command));
    if (result.status == 0) return {};
    if (result.errors.contains("No space left on device"))
        return problem("{}: the disk is full; make room, or set XDG_CACHE_HOME", purpose);
    const std::string why = reason(result.errors);
    return problem("{}: it ended with code {}{}{}", purpose, result.status, why.empty() ? "" : ": ", why);
}

}  // namespace tools::system
