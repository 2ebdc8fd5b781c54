// SPDX-License-Identifier: MIT
// What people see: colour only on a terminal that wants it, errors in one form, nothing that
// steers the terminal.
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

/// stdout takes nothing any more: a full disk, a reader that went away. Nothing is left to be done, but on
/// the way out the terminal and the machine are put back in order, so it is thrown and not an exit.
struct StdoutLost {
    int error;  ///< errno
};
/// Writes to stdout at once, or throws StdoutLost.
void print_out(std::string_view text);
/// What `main` does about it: a reader that went away ends us as it would end `cat`, by SIGPIPE; everything
/// else is a sentence, and the exit code for it.
[[nodiscard]] ExitCode report(const StdoutLost& lost);
/// Fills the standard descriptors that the caller has closed with ones that can do nothing. Otherwise the
/// next file that we open would be stdout.
void occupy_standard_descriptors();
/// Writes to stderr at once.
void print_error(std::string_view text);
/// "adyton: error: <sentence>" on stderr; returns the exit code for usage errors, ready to be
/// returned from main.
ExitCode report(const Problem& problem);
/// The exit code of a command that ended with `done`; a problem is reported first.
[[nodiscard]] int exit_code_of(const Result<int>& done);
[[nodiscard]] int exit_code_of(const Result<void>& done);

}  // namespace tools
