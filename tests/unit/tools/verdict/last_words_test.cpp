// SPDX-License-Identifier: MIT
// Why a Linux reset the machine, in its own words.
#include "tools/verdict/last_words.hpp"

#include <gtest/gtest.h>

#include "tools/verdict/outcome.hpp"

namespace tools::verdict {
namespace {

TEST(LinuxLastWords, a_panic_is_the_cause_of_what_comes_after_it) {
    EXPECT_EQ(
        last_words("ok 1 - a\r\nnot ok 2 - b\r\n[    1.5] Kernel panic - not syncing: No init found.\r\n"
                   "[    1.6] Kernel panic - not syncing: again\r\n"),
        "it panicked: No init found.");
    EXPECT_EQ(last_words("[    1.5] Kernel panic - not syncing: cut o"), "it panicked: cut o");
}

TEST(LinuxLastWords, the_first_check_that_failed_is_named) {
    EXPECT_EQ(last_words("ok 1 - a\r\nnot ok 2 - b (why)\r\nnot ok 3 - c\r\n# linux: 1 of 3\r\n"),
              "a check failed: 2 - b (why)");
    EXPECT_EQ(last_words("not ok 1 - a\n"), "a check failed: 1 - a");
}

TEST(LinuxLastWords, a_root_that_cannot_be_mounted_is_named) {
    EXPECT_EQ(last_words("[ 1.0] x\r\nadyton: root=/dev/vdz: there is no such disk\r\n"),
              "root=/dev/vdz: there is no such disk");
}

TEST(LinuxLastWords, nothing_is_made_up) {
    for (const char* console : {"", "it is not ok \n", "ok 1 - a\r\nadyton: this is init\r\n",
                                "x adyton: root=y\n", "not ok \n", "Kernel panic - not syncing: \n"})
        EXPECT_EQ(last_words(console), "") << console;
}

TEST(LinuxLastWords, they_are_quoted_below_the_verdict_and_are_no_part_of_it) {
    qemu::SessionResult result{qemu::MachineChannel{[](std::string_view) {}}};
    result.channel.feed("! kind=reset cpu=2 vmpl=1\n");
    result.console = "not ok 2 - b\n";
    Subject subject{"linux", 4, 1, "EPYC", 60, false, abi::adyton::GuestKind::Linux};
    EXPECT_EQ(decide(result, subject).sentence, "linux asked for a reboot on CPU 2 at VMPL1");
    EXPECT_NE(diagnosis(result, subject, {}).find("its console says: a check failed: 2 - b"),
              std::string::npos);
    result.console.clear();
    EXPECT_EQ(diagnosis(result, subject, {}).find("its console says"), std::string::npos);
    subject.kind = abi::adyton::GuestKind::Elf;
    result.console = "not ok 2 - b\n";
    EXPECT_EQ(diagnosis(result, subject, {}).find("its console says"), std::string::npos);
}

}  // namespace
}  // namespace tools::verdict
