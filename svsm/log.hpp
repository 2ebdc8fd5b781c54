// SPDX-License-Identifier: MIT
// One formatted line on the console; dropped before the CPU has a console.
#pragma once
#include <array>

#include "base/format.hpp"
#include "machine/machine.hpp"

namespace svsm {

/// A longer line is cut, but keeps its line break.
inline constexpr std::size_t log_line_bytes = 160;

template <class... Args>
void log(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    std::array<char, log_line_bytes> line;
    const std::size_t used =
        base::format_to(std::span{line}.first(log_line_bytes - 1), format, args...).size();
    line[used] = '\n';
    machine::console_write({line.data(), used + 1});
}

}  // namespace svsm
