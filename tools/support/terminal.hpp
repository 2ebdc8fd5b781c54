// SPDX-License-Identifier: MIT
// What people see: colour only on a terminal that wants it, errors in one form, nothing that steers the
// terminal.
#pragma once
#include <string>
#include <string_view>

#include "tools/support/problem.hpp"

namespace tools {

enum class Colour { Plain, Red, Green, Yellow, Dim };

/// True when `fd` is a terminal and neither NO_COLOR nor TERM=dumb asks for plain text.
[[nodiscard]] bool wants_colour(int fd);
/// `text` in that colour if `fd` shows colours, else unchanged.
[[nodiscard]] std::string coloured(int fd, Colour colour, std::string_view text);
/// `text` without control characters: guests are not to move our cursor or rename our window.
[[nodiscard]] std::string printable(std::string_view text);
/// The words of `text` in lines of at most `width` characters, the first line behind `first`, the others
/// behind `rest`. A word that is longer has a line of its own.
[[nodiscard]] std::string folded(std::string_view text, std::string_view first, std::string_view rest,
                                 std::size_t width);

/// Writes to stdout at once; a reader that went away ends the program as it would end `cat`.
void print_out(std::string_view text);
/// Writes to stderr at once.
void print_error(std::string_view text);
/// "adyton: error: <sentence>" on stderr; returns the exit code for usage errors, ready to be returned from
/// main.
ExitCode report(const Problem& problem);

}  // namespace tools
