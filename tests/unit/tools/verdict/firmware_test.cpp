// SPDX-License-Identifier: MIT
// What a run says when firmware ends itself.
#include "tools/verdict/firmware.hpp"

#include <gtest/gtest.h>

namespace tools::verdict {
namespace {

Subject subject() { return {"firmware", 1, 1, "EPYC", 60, false, abi::adyton::GuestKind::Firmware}; }

qemu::SessionResult ended(std::string_view how) {
    qemu::SessionResult result{qemu::MachineChannel{[](std::string_view) {}}};
    result.channel.feed(how);
    return result;
}

TEST(FirmwareVerdict, says_what_the_one_number_of_ovmf_means) {
    const auto result = ended("! kind=terminate cpu=0 set=0 code=0 vmpl=1 launch=0\n");
    EXPECT_EQ(decide(result, subject()).sentence,
              "firmware asked to be ended on CPU 0 at VMPL1: something that it cannot handle (set 0, code 0)");
    EXPECT_NE(firmware_block(*result.channel.verdict(), subject()).find("a page that is"), std::string::npos);
}

TEST(FirmwareVerdict, knows_the_numbers_of_the_reset_vector) {
    EXPECT_NE(firmware_reason(1, 1).find("no CPUID"), std::string_view::npos);
    EXPECT_NE(firmware_reason(1, 2).find("no sense"), std::string_view::npos);
    EXPECT_EQ(firmware_reason(1, 3), "");
}

TEST(FirmwareVerdict, other_numbers_are_those_of_the_kernel_behind_it) {
    const auto result = ended("! kind=terminate cpu=0 set=1 code=11 vmpl=1 launch=0\n");
    EXPECT_NE(decide(result, subject()).sentence.find("calling area"), std::string::npos);
    EXPECT_EQ(firmware_block(*result.channel.verdict(), subject()), "");
}

// A distribution's kernel of 6.10 or older, started from a disk: GHCB MSR 0x31100.
TEST(FirmwareVerdict, a_kernel_from_a_disk_that_knows_no_svsm_is_told_to_run_without_one) {
    const auto result = ended("! kind=terminate cpu=0 set=1 code=3 vmpl=1 launch=0\n");
    EXPECT_EQ(decide(result, subject()).sentence,
              "firmware asked to be ended on CPU 0 at VMPL1: it needs VMPL0 (set 1, code 3)");
    const std::string text = diagnosis(result, subject(), elf::Symbolizer{});
    for (const char* words : {"GHCB_TERM_NOT_VMPL0", "knowledge of SVSMs, which begins", "6.11 runs with --vmpl 0 only"})
        EXPECT_NE(text.find(words), std::string::npos) << words << " in\n" << text;
}

TEST(FirmwareVerdict, a_system_from_a_disk_says_on_its_console_why_it_reboots) {
    qemu::SessionResult result = ended("! kind=reset cpu=0 vmpl=1 launch=0\n");
    result.console = "ok 1 - systemd\r\nnot ok 2 - no unit has failed: failed: a.service\r\n";
    EXPECT_NE(diagnosis(result, subject(), elf::Symbolizer{}).find("a check failed: 2 - no unit has failed"),
              std::string::npos);
}

TEST(FirmwareVerdict, the_svsms_own_end_is_not_the_firmwares) {
    const auto result = ended("! kind=terminate cpu=0 set=0 code=0 vmpl=0 launch=1\n");
    EXPECT_EQ(firmware_block(*result.channel.verdict(), subject()), "");
}

TEST(FirmwareVerdict, names_the_last_item_that_the_firmware_asked_for) {
    const auto told = [](std::string_view words) { return firmware_item_block(ended(words).channel); };
    EXPECT_EQ(told("= firmware_item 34\n! kind=shutdown cpu=0 vmpl=1\n"),
              "  firmware configuration\n    last item asked for: 0x22, etc/e820, the map of memory\n");
    EXPECT_NE(told("= firmware_item 32771\n").find("0x8003, which is not there"), std::string::npos);
    EXPECT_EQ(told("! kind=shutdown cpu=0 vmpl=1\n"), "");
    const auto result = ended("= firmware_item 25\n! kind=terminate cpu=0 set=0 code=0 vmpl=1 launch=0\n");
    EXPECT_NE(diagnosis(result, subject(), {}).find("directory of files"), std::string::npos);
}

TEST(FirmwareVerdict, text_on_the_console_ends_a_run_as_a_success) {
    qemu::SessionResult result = ended("");
    result.ending.kind = qemu::Ending::Kind::Reached;
    EXPECT_EQ(decide(result, subject()).code, ExitCode::Success);
    Subject with_disk = subject();
    with_disk.seeks_disk = true;
    EXPECT_EQ(decide(result, with_disk).code, ExitCode::GuestFailed);
    EXPECT_NE(decide(result, with_disk).sentence.find("found no boot loader on its disks"), std::string::npos);
}

}  // namespace
}  // namespace tools::verdict
