// SPDX-License-Identifier: MIT
// The table of commands: everything in it can be told, and help.txt tells all of it.
#include "tools/commands.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tools/reference/names.hpp"
#include "tools/reference/reference.hpp"
#include "tools/reference/text.hpp"

namespace tools {
namespace {

/// Calls `visit` for each command below `command`, with its path.
template <class Visit>
void for_each(const cli::Command& command, const std::string& path, Visit visit) {
    for (const cli::Command& inner : command.commands) {
        const std::string here = path.empty() ? inner.name : path + " " + inner.name;
        visit(inner, here);
        for_each(inner, here, visit);
    }
}

TEST(Commands, have_their_line_in_the_help_of_the_whole) {
    for_each(program(), "", [](const cli::Command& command, const std::string& path) {
        if (!command.action) return;
        EXPECT_TRUE(reference::help_text().contains("\n  " + path + " ") ||
                    reference::help_text().contains("\n  " + path + "\n"))
            << path;
    });
}

TEST(Commands, do_something_or_have_others_that_do) {
    for_each(program(), "", [](const cli::Command& command, const std::string& path) {
        EXPECT_NE(command.action == nullptr, command.commands.empty()) << path;
        EXPECT_FALSE(command.help.empty()) << path;
    });
}

TEST(Commands, call_each_option_once_and_explain_it) {
    for_each(program(), "", [](const cli::Command& command, const std::string& path) {
        std::set<std::string> seen;
        for (const cli::Option& option : reference::all_options(command)) {
            for (const std::string& name : reference::names_of(option))
                EXPECT_TRUE(seen.insert(name).second) << path << " " << name;
            EXPECT_FALSE(option.help.empty()) << path << " " << option.names;
            EXPECT_EQ(option.is_flag() || option.is_positional(), option.value.empty())
                << path << " " << option.names;
        }
    });
}

TEST(Commands, are_all_in_the_manual_page_and_in_the_completion) {
    const std::string page = reference::man_page(program(), reference::version());
    const std::string completion = reference::bash_completion(program(), {});
    for_each(program(), "", [&](const cli::Command&, const std::string& path) {
        EXPECT_TRUE(page.contains(".SS adyton " + path + "\n")) << path;
        EXPECT_TRUE(completion.contains("'" + path + "') words=")) << path;
    });
}

TEST(Commands, keep_what_is_typed_apart_in_each_program) {
    const cli::Command one = program(), other = program();
    EXPECT_NE(std::get<std::string*>(one.commands[0].options[0].to),
              std::get<std::string*>(other.commands[0].options[0].to));
}

}  // namespace
}  // namespace tools
