// SPDX-License-Identifier: MIT
// apt's sources for another release: the mirror and its keys stay, everything else is left behind.
#include "tools/debian/sources.hpp"

#include <gtest/gtest.h>

namespace tools::debian {
namespace {

constexpr std::string_view two_stanzas =
    "# a comment\n"
    "Types: deb deb-src\nURIs: http://mirror.example/debian\nSuites: old old-updates\n"
    "Components: main contrib\nSigned-By: /usr/share/keyrings/key.gpg\n"
    "\n"
    "Types: deb\nURIs: http://mirror.example/security\nSuites: old-security\nComponents: main\n";

TEST(DebianSources, keep_mirror_and_key_and_change_the_release) {
    EXPECT_EQ(rewrite_deb822(two_stanzas, "old", "new"),
              "Types: deb\nSuites: new\nComponents: main\nURIs: http://mirror.example/debian\n"
              "Signed-By: /usr/share/keyrings/key.gpg\n\n");
}

TEST(DebianSources, ask_the_same_mirror_for_source_packages) {
    EXPECT_EQ(rewrite_deb822(two_stanzas, "old", "new", "deb-src"),
              "Types: deb-src\nSuites: new\nComponents: main\nURIs: http://mirror.example/debian\n"
              "Signed-By: /usr/share/keyrings/key.gpg\n\n");
    EXPECT_EQ(
        rewrite_one_line("deb [arch=amd64 trusted=no] http://m/debian old main", "old", "new", "deb-src"),
        "deb-src [arch=amd64 trusted=no] http://m/debian new main\n");
}

TEST(DebianSources, keep_a_key_of_many_lines) {
    const auto text = rewrite_deb822(
        "types: deb\nURIs: u\nsuites: old\ncomponents:\n contrib\n main\nSigned-By:\n -----BEGIN\n .\n abc\n",
        "old", "new");
    EXPECT_NE(text.find("Signed-By:\n -----BEGIN\n .\n abc\n"), std::string::npos);
    EXPECT_EQ(text,
              "Types: deb\nSuites: new\nComponents: main\nURIs: u\nSigned-By:\n -----BEGIN\n .\n abc\n\n")
        << "of fields that are written anew no line is left";
}

TEST(DebianSources, leave_out_what_is_disabled_or_of_another_release) {
    EXPECT_EQ(
        rewrite_deb822("Types: deb\nURIs: u\nSuites: old\nComponents: main\nEnabled: no\n", "old", "new"),
        "");
    EXPECT_EQ(rewrite_deb822("Types: deb-src\nURIs: u\nSuites: old\nComponents: main\n", "old", "new"), "");
    EXPECT_EQ(rewrite_deb822(two_stanzas, "older", "new"), "");
    EXPECT_EQ(rewrite_deb822("", "old", "new"), "");
}

TEST(DebianSources, read_the_one_line_form) {
    EXPECT_EQ(rewrite_one_line("deb http://m/debian old main contrib # why\n", "old", "new"),
              "deb http://m/debian new main\n");
    EXPECT_EQ(rewrite_one_line("deb [arch=amd64 signed-by=/k.gpg] http://m old main\n", "old", "new"),
              "deb [arch=amd64 signed-by=/k.gpg] http://m new main\n");
    EXPECT_EQ(rewrite_one_line("deb [trusted=yes] http://m old main", "old", "new"),
              "deb [trusted=yes] http://m new main\n");
    for (const char* line :
         {"# deb http://m old main", "deb-src http://m old main", "deb http://m other main", "deb",
          "deb http://m", "deb [", "deb [ a", "deb [a] http://m"})
        EXPECT_EQ(rewrite_one_line(line, "old", "new"), "") << line;
}

// Their suites are named after Debian's, and some have no other release, or nothing in it.
TEST(DebianSources, leave_out_the_mirrors_of_others) {
    EXPECT_EQ(rewrite_one_line("deb [arch=amd64] https://download.example/debian old stable\n", "old", "new"),
              "");
    EXPECT_EQ(rewrite_deb822("Types: deb\nURIs: u\nSuites: old\nComponents: stable\n", "old", "new"), "");
}

TEST(DebianSources, a_folder_without_a_mirror_is_a_problem) {
    const auto sources = sources_for("/nonexistent", "old", {"new"});
    ASSERT_FALSE(sources);
    EXPECT_NE(sources.error().sentence.find("no mirror of Debian old"), std::string::npos);
    EXPECT_FALSE(running_release("/nonexistent"));
}

}  // namespace
}  // namespace tools::debian
