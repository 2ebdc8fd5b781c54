// SPDX-License-Identifier: MIT
// Output for people: colour only on a terminal that wants it, errors in one form, nothing that
// controls the terminal.
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

/// stdout accepts no more output: a full disk, a reader that went away. The program can only end. It throws
/// instead of exiting, so that destructors restore the terminal and end the machine.
struct StdoutLost {
    int error;  ///< errno
};
/// Writes to stdout at once, or throws StdoutLost.
void print_out(std::string_view text);
/// How `main` handles it: after a reader that went away the program ends by SIGPIPE, as `cat` does; anything
/// else is a message and its exit code.
[[nodiscard]] ExitCode report(const StdoutLost& lost);
/// Opens inert descriptors in place of the standard ones that the caller has closed. Otherwise the next file
/// that we open would be stdout.
void occupy_standard_descriptors();
/// Writes to stderr at once.
void print_error(std::string_view text);
/// "adyton: error: <sentence>" on stderr, one line, or on a terminal lines of 80 columns; returns the exit code
/// for usage errors, ready to be returned from main.
ExitCode report(const Problem& problem);
/// The exit code of a command that ended with `done`; a problem is reported first.
[[nodiscard]] int exit_code_of(const Result<int>& done);
[[nodiscard]] int exit_code_of(const Result<void>& done);

}  // namespace tools
