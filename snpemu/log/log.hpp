// SPDX-License-Identifier: MIT
// The machine's own channel, QEMU's debug console: one event a line. docs/machine.md lists the kinds.
#pragma once
#include <span>
#include <string_view>

#include "base/format.hpp"

namespace snpemu {

/// Writes one whole line; lines of several CPUs do not mix.
void write_line(std::string_view line);

/// One line of the machine's report; its first character gives its kind.
template <class... Args>
void print(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char text[256];
    write_line(base::format_to<Args...>(std::span{text}, format, args...));
}

/// One line for people, shown with --verbose.
template <class... Args>
void log(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char text[256] = "# ";
    const auto body = base::format_to<Args...>(std::span{text}.subspan(2), format, args...);
    write_line({text, body.size() + 2});
}

}  // namespace snpemu
