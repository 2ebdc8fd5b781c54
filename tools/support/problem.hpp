// SPDX-License-Identifier: MIT
// How the host program reports what went wrong: one sentence for people, no error numbers.
#pragma once
#include <expected>
#include <string>

#include "tools/support/format.hpp"

namespace tools {

/// One sentence without a full stop that says what is wrong and, after a semicolon, what to do about it.
struct Problem {
    std::string sentence;
};

template <class T>
using Result = std::expected<T, Problem>;

template <class... Args>
[[nodiscard]] std::unexpected<Problem> problem(std::format_string<Args...> text, Args&&... args) {
    return std::unexpected{Problem{format_erased(text.get(), std::make_format_args(args...))}};
}

/// The exit codes of every command; `adyton --help` lists them.
enum class ExitCode : int {
    Success = 0,
    GuestFailed = 1,
    Usage = 2,
    SvsmTerminated = 3,
    MachineStopped = 4,
    Timeout = 5
};

}  // namespace tools
