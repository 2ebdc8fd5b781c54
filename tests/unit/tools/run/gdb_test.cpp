// SPDX-License-Identifier: MIT
// The line that `adyton run --gdb` prints: a shell must take it apart as it was meant.
#include "tools/run/gdb.hpp"

#include <gtest/gtest.h>

#include "tools/support/command.hpp"

namespace tools::run {
namespace {

/// The words that a shell makes of a command line, without running the command.
std::string words_of(const std::string& command) {
    const auto result = run_command({"sh", "-c", "set -- " + command + "; printf '<%s>' \"$@\""});
    return result ? result->output : "the shell refused it";
}

TEST(GdbCommand, is_plain_where_the_folders_are) {
    EXPECT_EQ(
        gdb_command(1234, {"/src/tools/gdb/adyton.py", "/src/build/bin", "/src/build/bin/guests/demo.elf"}),
        "gdb -x /src/tools/gdb/adyton.py -ex 'adyton-attach 1234 /src/build/bin "
        "/src/build/bin/guests/demo.elf'");
}

TEST(GdbCommand, survives_a_folder_with_blanks_and_quotes) {
    EXPECT_EQ(words_of(gdb_command(1, {"/my work/adyton.py", "/my work/bin", "/it's/a guest.elf"})),
              "<gdb><-x></my work/adyton.py><-ex><adyton-attach 1 /my\\ work/bin /it\\'s/a\\ guest.elf>");
}

TEST(GdbCommand, needs_no_guest) {
    EXPECT_EQ(words_of(gdb_command(1, {"/a.py", "/my bin", std::nullopt})),
              "<gdb><-x></a.py><-ex><adyton-attach 1 /my\\ bin>");
}

}  // namespace
}  // namespace tools::run
