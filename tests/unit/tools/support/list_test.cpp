// SPDX-License-Identifier: MIT
// Lists with commas, and words that are pasted somewhere.
#include "tools/support/list.hpp"

#include <gtest/gtest.h>

#include "tools/support/command.hpp"
#include "tools/support/quote.hpp"

namespace tools {
namespace {

TEST(List, is_split_at_commas) {
    EXPECT_EQ(*parse_list("--x", "a"), (std::vector<std::string>{"a"}));
    EXPECT_EQ(*parse_list("--x", "a,b c,d"), (std::vector<std::string>{"a", "b c", "d"}));
}

TEST(List, has_no_part_that_is_empty_or_comes_twice) {
    for (const char* text : {"", ",", "a,", ",a", "a,,b", "a,b,a"}) {
        const auto parts = parse_list("--x", text);
        ASSERT_FALSE(parts) << text;
        EXPECT_EQ(parts.error().sentence,
                  formatted("--x {} names something twice, or nothing; write it like a,b", text));
    }
}

/// Words that a shell, gdb or QEMU would take apart.
constexpr std::array awkward{"",          "plain/path.elf", "two words", "it's",
                             "a \"b\" c", "$HOME `id`",     "a\\b",      "a;b",
                             "~",         "tab\there",      "new\nline", "*"};

TEST(Quote, a_word_of_the_shell_is_one_word_and_the_same) {
    for (const char* word : awkward) {
        const auto result = run_command({"sh", "-c", "printf '%s|' " + shell_word(word)});
        ASSERT_TRUE(result) << word;
        EXPECT_EQ(result->output, std::string{word} + "|");
    }
    EXPECT_EQ(shell_word("/usr/bin/gdb"), "/usr/bin/gdb") << "nothing to quote";
}

TEST(Quote, a_word_of_gdb_is_one_word_and_the_same) {
    EXPECT_EQ(gdb_word("/usr/bin"), "/usr/bin");
    EXPECT_EQ(gdb_word("/a folder/it's"), "/a\\ folder/it\\'s");
    EXPECT_EQ(gdb_word("a\\b \"c\""), "a\\\\b\\ \\\"c\\\"");
    EXPECT_EQ(gdb_word(""), "''");
}

}  // namespace
}  // namespace tools
