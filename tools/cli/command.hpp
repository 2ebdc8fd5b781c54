// SPDX-License-Identifier: MIT
// A command as data: its options, the targets of their values, and its action. Parser, help, man page and
// completion come from it.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tools::cli {

/// The target of an option's value. Text stays text, so that the command itself reports a wrong value. A flag
/// has no value; a vector collects the values of a repeated option; the value of an optional may be left out,
/// and is empty then.
using Target = std::variant<std::string*, bool*, std::vector<std::string>*, std::optional<std::string>*>;

struct Option {
    std::string names;  ///< "-o,--output"; a name without a dash is a positional argument
    std::string value;  ///< name of the value in the help, "FILE"; empty for flags and positional arguments
    std::string help;
    Target to;  ///< lives as long as the command's action
    bool required = false;
    std::vector<std::string>
        excludes{};  ///< names of options of the same command that cannot be given with it

    [[nodiscard]] bool is_positional() const { return !names.starts_with('-'); }
    [[nodiscard]] bool is_flag() const { return std::holds_alternative<bool*>(to); }
};

/// The action returns the program's exit code. A command without one has others below it, one of
/// which must follow.
struct Command {
    std::string name, help;
    std::vector<Option> options{};
    std::string footer{};  ///< below the list of options in its help
    std::function<int()> action{};
    std::vector<Command> commands{};
};

/// Appends `more` to `options`, in order.
inline void append(std::vector<Option>& options, std::vector<Option> more) {
    for (Option& option : more) options.push_back(std::move(option));
}

/// Words below a heading, for a footer.
[[nodiscard]] std::string listed(const std::string& words);

}  // namespace tools::cli
