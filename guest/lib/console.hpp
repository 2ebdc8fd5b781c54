// SPDX-License-Identifier: MIT
// Lines of text on the guest's console. A line of one vCPU never mixes with that of another.
#pragma once
#include <string_view>

#include "base/format.hpp"

namespace guest::console {

/// Writes text as it is; the caller holds the lock.
void write_unlocked(std::string_view text);
/// Writes `line` (up to 255 characters) as one piece, with a newline.
void write_line(std::string_view line);

}  // namespace guest::console

namespace guest {

/// Formats and writes one line, cut off at 255 characters.
template <class... Args>
void say(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char line[256];
    console::write_line(base::format_to(line, format, args...));
}

}  // namespace guest
