// SPDX-License-Identifier: MIT
// The XDG Base Directory Specification: relative names do not count.
#include "tools/support/state.hpp"

#include <cstdlib>

namespace tools {

Result<std::filesystem::path> state_folder() {
    const auto folder = [](const char* name) {
        const char* const value = std::getenv(name);
        return std::filesystem::path{value != nullptr && *value == '/' ? value : ""};
    };
    if (const auto state = folder("XDG_STATE_HOME"); !state.empty()) return state / "adyton";
    if (const auto home = folder("HOME"); !home.empty()) return home / ".local/state/adyton";
    return problem("there is no folder for results: neither XDG_STATE_HOME nor HOME is set");
}

}  // namespace tools
