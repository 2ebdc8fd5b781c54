// SPDX-License-Identifier: MIT
// The only file that includes CLI11, which is slow to compile.
#include "tools/cli/parser.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <list>
#include <sstream>

#include "tools/support/terminal.hpp"

namespace tools::cli {
namespace {

/// Options whose value may be left out: CLI11 stores the text, and knows whether the option was given.
struct Optionals {
    struct Entry {
        const CLI::Option* option = nullptr;
        std::string text{};
        std::optional<std::string>* to = nullptr;
    };
    std::list<Entry> entries{};
    void settle() const {
        for (const Entry& entry : entries)
            if (entry.option->count() != 0) *entry.to = entry.text;
    }
};

/// One overload for each kind of target.
struct Adder {
    CLI::App& app;
    const Option& option;
    Optionals& optionals;
    CLI::Option* operator()(std::string* to) const {
        return app.add_option(option.names, *to, option.help)->type_name(option.value);
    }
    CLI::Option* operator()(bool* to) const { return app.add_flag(option.names, *to, option.help); }
    CLI::Option* operator()(std::vector<std::string>* to) const {
        return app.add_option(option.names, *to, option.help)
            ->type_name(option.value)
            ->allow_extra_args(false);
    }
    CLI::Option* operator()(std::optional<std::string>* to) const {
        Optionals::Entry& entry = optionals.entries.emplace_back();
        entry.to = to;
        CLI::Option* const added = (*this)(&entry.text)->expected(0, 1);
        entry.option = added;
        return added;
    }
};

class Parser {
public:
    explicit Parser(const Command& program) : program_{program} {
        app_.set_help_flag("-h,--help", "show this text");
        app_.get_formatter()->column_width(26);
        // One command; or the guest of `run bench` would be taken for a second one.
        app_.require_subcommand(0, 1);
        fill(app_, program);
    }
    [[nodiscard]] CLI::App& app() { return app_; }

    /// The command that the words have reached, also when parsing failed: "adyton image build". An unexpected
    /// word belongs to the command before it.
    [[nodiscard]] std::string path() const {
        std::string path = program_.name;
        for (const CLI::App* at = &app_; !at->get_subcommands().empty() && at->remaining().empty();) {
            at = at->get_subcommands().front();
            path += " " + at->get_name();
        }
        return path;
    }
    [[nodiscard]] int act() const {
        optionals_.settle();
        return chosen_();
    }

private:
    void fill(CLI::App& app, const Command& command) {
        std::vector<CLI::Option*> added;
        for (const Option& option : command.options)
            added.push_back(std::visit(Adder{app, option, optionals_}, option.to)->required(option.required));
        for (std::size_t i = 0; i < added.size(); ++i)
            for (const std::string& other : command.options[i].excludes)
                added[i]->excludes(app.get_option(other));
        app.footer(command.footer);
        for (const Command& inner : command.commands)
            fill(*app.add_subcommand(inner.name, inner.help), inner);
        if (&command == &program_) return;
        if (!command.action) app.require_subcommand(1);
        app.callback([this, &command] {
            if (command.action) chosen_ = command.action;
        });
    }

    const Command& program_;
    CLI::App app_{"", program_.name};
    Optionals optionals_;
    std::function<int()> chosen_ = program_.action;
};

/// CLI11's reason in the words of this program. `path`: the command that the words have reached.
std::string mistake(const CLI::ParseError& error, const std::string& path, const CLI::App& program) {
    std::string reason = error.what();
    std::ranges::replace(reason, '\n', ' ');
    const auto ends = [&](std::string_view mark) { return reason.ends_with(mark); };
    const auto colon = reason.find(": ");
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && colon != reason.npos) {
        const std::string word = reason.substr(colon + 2);
        const bool is_command = path == program.get_name() && !word.starts_with('-');
        return is_command ? formatted("there is no command '{}'", word) : "not expected: " + word;
    }
    if (reason == "A subcommand is required") return formatted("'{}' needs one more word", path);
    if (ends(" is required")) return reason.substr(0, reason.rfind(" is ")) + " is missing";
    if (ends(" missing") && colon != reason.npos) return reason.substr(0, colon) + " needs a value";
    return reason;
}

/// CLI11 ends parsing by exceptions: help is one of them, and the version another.
int end_early(const Parser& parser, const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
        std::ostringstream text;
        const int code = app.exit(error, text);
        print_out(text.str());
        return code;
    }
    const std::string path = parser.path();
    return static_cast<int>(report(Problem{formatted("{}; see {} --help", mistake(error, path, app), path)}));
}

}  // namespace

int run(const Command& program, const Texts& texts, int argc, const char* const* argv) {
    Parser parser{program};
    CLI::App& app = parser.app();
    app.set_version_flag("--version", texts.version);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& call) {
        // The help of the program is our own text; the help of a command comes from its options.
        if (!app.get_subcommands().empty()) return end_early(parser, app, call);
        print_out(texts.help);
        return 0;
    } catch (const CLI::ParseError& error) {
        return end_early(parser, app, error);
    }
    return parser.act();
}

}  // namespace tools::cli
