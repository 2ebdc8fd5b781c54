// SPDX-License-Identifier: MIT
// What is told when a tool that makes a disk fails.
#include "tools/system/tool.hpp"

#include "tests/unit/tools/system/scratch.hpp"
#include "tools/system/debian_disk.hpp"

namespace tools::system {
namespace {

class Tool : public Scratch {
protected:
    [[nodiscard]] std::string sentence(std::string_view script) const {
        const auto used = use_tool({program("tool", script)}, "the tool cannot do it");
        return used ? "" : used.error().sentence;
    }
};

TEST_F(Tool, that_succeeds_says_nothing) { EXPECT_EQ(sentence("echo words; echo more >&2"), ""); }

TEST_F(Tool, that_fails_is_quoted_with_the_line_that_it_calls_an_error) {
    EXPECT_EQ(sentence("echo 'E: no mirror' >&2; echo 'I: tidying up' >&2; exit 3"),
              "the tool cannot do it: it ended with code 3: no mirror");
    EXPECT_EQ(sentence("echo first >&2; echo last >&2; exit 1"),
              "the tool cannot do it: it ended with code 1: last");
    EXPECT_EQ(sentence("exit 2"), "the tool cannot do it: it ended with code 2");
}

TEST_F(Tool, that_meets_a_full_disk_says_that_alone) {
    EXPECT_EQ(sentence("echo 'tar: ./usr: Cannot write: No space left on device' >&2; echo done >&2; exit 2"),
              "the tool cannot do it: the disk is full; make room, or set XDG_CACHE_HOME");
}

TEST_F(Tool, that_is_not_there_is_named) {
    const auto used = use_tool({(folder / "absent").string()}, "it cannot be made");
    ASSERT_FALSE(used);
    EXPECT_NE(used.error().sentence.find("absent"), std::string::npos);
}

TEST_F(Tool, finds_the_programs_of_administrators) {
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", "/usr/bin:/bin", 1);
    EXPECT_EQ(sentence("case $PATH in */sbin*) ;; *) exit 1 ;; esac"), "");
    ::setenv("PATH", path.c_str(), 1);
}

TEST_F(Tool, nothing_is_begun_without_room_for_it) {
    EXPECT_TRUE(check_room(folder, 1));
    const auto room = check_room(folder, 1ull << 60);
    ASSERT_FALSE(room);
    EXPECT_NE(room.error().sentence.find("set XDG_CACHE_HOME"), std::string::npos);
}

}  // namespace
}  // namespace tools::system
