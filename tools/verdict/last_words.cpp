// SPDX-License-Identifier: MIT
// The kernel's words for a panic, and those of our init (tools/linux/init.sh) for everything else.
#include "tools/verdict/last_words.hpp"

#include "tools/support/format.hpp"

namespace tools::verdict {
namespace {

/// What follows the first `mark`, or only one at the beginning of a line, up to the end of its line.
std::string_view behind(std::string_view console, std::string_view mark, bool begins_line) {
    for (std::size_t at = console.find(mark); at != std::string_view::npos; at = console.find(mark, at + 1)) {
        if (begins_line && at != 0 && console[at - 1] != '\n') continue;
        const std::string_view rest = console.substr(at + mark.size());
        return rest.substr(0, rest.find_first_of("\r\n"));
    }
    return {};
}

}  // namespace

std::string last_words(std::string_view console) {
    // The first panic is the cause; what it breaks may panic again.
    if (const auto panic = behind(console, "Kernel panic - not syncing: ", false); !panic.empty())
        return formatted("it panicked: {}", panic);
    if (const auto root = behind(console, "adyton: root=", true); !root.empty())
        return formatted("root={}", root);
    const auto failed = behind(console, "not ok ", true);
    return failed.empty() ? "" : formatted("a check failed: {}", failed);
}

}  // namespace tools::verdict
