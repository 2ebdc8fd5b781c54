// SPDX-License-Identifier: MIT
// Words in lines.
#include "tools/support/terminal.hpp"

#include <gtest/gtest.h>

namespace tools {
namespace {

TEST(Folded, fills_lines_up_to_the_width) {
    EXPECT_EQ(folded("one two three four", "", "", 9), "one two\nthree\nfour\n");
    EXPECT_EQ(folded("one two three four", "", "", 10), "one two\nthree four\n");
}

TEST(Folded, sets_other_lines_below_the_first_word) {
    EXPECT_EQ(folded("one two three", "look: ", "      ", 13), "look: one two\n      three\n");
}

TEST(Folded, leaves_a_long_word_whole_and_no_line_empty) {
    EXPECT_EQ(folded("incomprehensible word", "- ", "  ", 8), "- incomprehensible\n  word\n");
    EXPECT_EQ(folded("", "- ", "  ", 8), "- \n");
}

}  // namespace
}  // namespace tools
