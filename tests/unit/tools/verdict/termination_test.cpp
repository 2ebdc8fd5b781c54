// SPDX-License-Identifier: MIT
// Every reason for which Linux gives up is one that a person is told in words.
#include "tools/verdict/termination.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tools/verdict/outcome.hpp"

namespace tools::verdict {
namespace {

Subject linux_subject() { return {"linux", 4, 1, "EPYC", 60, false, abi::adyton::GuestKind::Linux}; }

qemu::SessionResult terminated(std::uint64_t set, std::uint64_t code,
                               std::string_view more = "vmpl=1 launch=0") {
    qemu::SessionResult result{qemu::MachineChannel{[](std::string_view) {}}};
    result.channel.feed(std::format("! kind=terminate cpu=2 set={} code={} {}\n", set, code, more));
    return result;
}

TEST(LinuxTermination, the_numbers_are_those_of_the_kernel) {
    // [Linux "arch/x86/include/asm/sev-common.h"], in its own order.
    constexpr std::array general{"GHCB_SEV_ES_GEN_REQ", "GHCB_SEV_ES_PROT_UNSUPPORTED",
                                 "GHCB_SNP_UNSUPPORTED"};
    constexpr std::array linux_own{
        "GHCB_TERM_REGISTER",     "GHCB_TERM_PSC",        "GHCB_TERM_PVALIDATE",
        "GHCB_TERM_NOT_VMPL0",    "GHCB_TERM_CPUID",      "GHCB_TERM_CPUID_HV",
        "GHCB_TERM_SECRETS_PAGE", "GHCB_TERM_NO_SVSM",    "GHCB_TERM_SVSM_VMPL0",
        "GHCB_TERM_SVSM_CAA",     "GHCB_TERM_SECURE_TSC", "GHCB_TERM_SVSM_CA_REMAP_FAIL",
        "GHCB_TERM_SAVIC_FAIL"};
    EXPECT_EQ(general.size() + linux_own.size(), termination_reasons.size());
    for (std::size_t code = 0; code < general.size(); ++code)
        EXPECT_EQ(find_termination(general_set, code)->name, general[code]);
    for (std::size_t code = 0; code < linux_own.size(); ++code)
        EXPECT_EQ(find_termination(linux_set, code)->name, linux_own[code]);
    EXPECT_EQ(find_termination(general_set, general.size()), nullptr);
    EXPECT_EQ(find_termination(linux_set, linux_own.size()), nullptr);
    EXPECT_EQ(find_termination(2, 0), nullptr);
}

TEST(LinuxTermination, the_msr_is_what_the_kernel_writes) {
    EXPECT_EQ(termination_msr(0, 0), 0x100u);
    EXPECT_EQ(termination_msr(0, 2), 0x2'0100u);
    EXPECT_EQ(termination_msr(1, 7), 0x7'1100u);
    EXPECT_EQ(termination_msr(1, 12), 0xc'1100u);
}

TEST(LinuxTermination, the_last_line_and_the_diagnosis_explain_every_code) {
    std::set<std::string_view> summaries;
    for (const TerminationReason& reason : termination_reasons) {
        const auto result = terminated(reason.set, reason.code);
        const Outcome outcome = decide(result, linux_subject());
        EXPECT_EQ(outcome.code, ExitCode::GuestFailed);
        EXPECT_EQ(outcome.sentence,
                  std::format("linux asked to be ended on CPU 2 at VMPL1: {} (set {}, code {})",
                              reason.summary, reason.set, reason.code));
        EXPECT_TRUE(summaries.insert(reason.summary).second) << "two codes, one sentence: " << reason.summary;
        const std::string text = diagnosis(result, linux_subject(), {});
        EXPECT_NE(text.find(std::format("GHCB MSR {:#x}: set {}, code {}, {}\n",
                                        termination_msr(reason.set, reason.code), reason.set, reason.code,
                                        reason.name)),
                  std::string::npos)
            << text;
        EXPECT_NE(text.find("    what: "), std::string::npos);
        EXPECT_NE(text.find("    look: "), std::string::npos);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            EXPECT_LE(end - at, 80u) << text.substr(at, end - at);
            at = end + 1;
        }
    }
}

TEST(LinuxTermination, a_code_that_nobody_knows_keeps_its_numbers) {
    const auto result = terminated(1, 99);
    EXPECT_EQ(decide(result, linux_subject()).sentence,
              "linux asked to be ended on CPU 2 at VMPL1 (set 1, code 99)");
    EXPECT_NE(diagnosis(result, linux_subject(), {}).find("no kernel known here gives"), std::string::npos);
}

TEST(LinuxTermination, the_bits_that_a_kernel_refuses_are_shown) {
    const auto text = diagnosis(terminated(0, 2, "vmpl=1 info=0x20 launch=0"), linux_subject(), {});
    EXPECT_NE(text.find("it said besides: 0x20"), std::string::npos) << text;
    EXPECT_EQ(diagnosis(terminated(0, 2, "vmpl=1 info=0x0"), linux_subject(), {}).find("said besides"),
              std::string::npos);
}

TEST(LinuxTermination, a_triple_fault_and_a_halt_are_explained_as_far_as_they_can_be) {
    qemu::SessionResult result{qemu::MachineChannel{[](std::string_view) {}}};
    result.channel.feed("! kind=shutdown cpu=0 vmpl=1 rip=0x10 rsp=0x0 cr2=0x10\n");
    EXPECT_NE(diagnosis(result, linux_subject(), {}).find("earlyprintk"), std::string::npos);
    Subject other = linux_subject();
    other.kind = abi::adyton::GuestKind::Elf;
    EXPECT_EQ(diagnosis(result, other, {}).find("earlyprintk"), std::string::npos);
    result.channel.feed("! kind=halt cpu=0 vmpl=1 rip=0x10\n");
    EXPECT_NE(diagnosis(result, linux_subject(), {}).find("shows its last words"), std::string::npos);
    result.channel.feed("! kind=reset cpu=0 vmpl=1\n");
    EXPECT_EQ(diagnosis(result, linux_subject(), {}).find("Linux"), std::string::npos);
}

TEST(LinuxTermination, a_kernel_at_vmpl0_is_explained_as_well) {
    Subject alone = linux_subject();
    alone.vmpl = 0;
    EXPECT_NE(diagnosis(terminated(1, 7, "vmpl=0 launch=1"), alone, {}).find("what Linux means"),
              std::string::npos);
    qemu::SessionResult result{qemu::MachineChannel{[](std::string_view) {}}};
    result.channel.feed("! kind=reset cpu=0 vmpl=0\n");
    result.console = "not ok 2 - b\n";
    EXPECT_NE(diagnosis(result, alone, {}).find("its console says: a check failed: 2 - b"),
              std::string::npos);
}

TEST(LinuxTermination, others_who_count_from_one_are_not_taken_for_linux) {
    Subject other = linux_subject();
    other.kind = abi::adyton::GuestKind::Elf;
    EXPECT_EQ(decide(terminated(1, 7), other).sentence,
              "linux asked to be ended on CPU 2 at VMPL1 (set 1, code 7)");
    EXPECT_EQ(diagnosis(terminated(1, 7), other, {}).find("what Linux means"), std::string::npos);
    // The SVSM below a Linux ends for reasons of its own.
    for (const char* svsm : {"vmpl=0", "vmpl=1 launch=1"})
        EXPECT_EQ(diagnosis(terminated(15, 3, svsm), linux_subject(), {}).find("what Linux means"),
                  std::string::npos);
}

}  // namespace
}  // namespace tools::verdict
