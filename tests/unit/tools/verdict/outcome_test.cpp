// SPDX-License-Identifier: MIT
// From verdicts to exit codes and sentences.
#include "tools/verdict/outcome.hpp"

#include <gtest/gtest.h>

#include "abi/adyton/termination.hpp"

namespace tools::verdict {
namespace {

using elf::Symbolizer;
using qemu::Ending;
using qemu::Fields;
using qemu::MachineChannel;
using qemu::SessionResult;

Subject subject() { return {"demo", 4, 1, "EPYC", 60, false}; }

SessionResult session(std::string_view channel, Ending::Kind kind = Ending::Kind::Stopped) {
    SessionResult result{MachineChannel{[](std::string_view) {}}};
    result.channel.feed(channel);
    result.ending.kind = kind;
    result.ending.wait_status = 1 << 8;
    result.ending.seconds = 1.44;
    return result;
}

ExitCode code_of(std::string_view channel) { return decide(session(channel), subject()).code; }

TEST(Outcome, SuccessNamesGuestCpusAndLevel) {
    const auto result = session("= svsm_calls 4123\n! kind=report value=0\n");
    const Outcome outcome = decide(result, subject());
    EXPECT_EQ(outcome.code, ExitCode::Success);
    EXPECT_EQ(summary_line(outcome, result, subject()),
              "adyton: success - demo ran on 4 vCPUs at VMPL1 (4123 SVSM calls, 1.4 s)\n");
}

TEST(Outcome, PoweringOffIsSuccessAndResettingIsNot) {
    EXPECT_EQ(code_of("! kind=poweroff cpu=0 vmpl=1\n"), ExitCode::Success);
    EXPECT_EQ(decide(session("! kind=poweroff cpu=0 vmpl=1\n"), subject()).sentence,
              "demo ran on 4 vCPUs at VMPL1");
    EXPECT_EQ(code_of("! kind=reset cpu=0 vmpl=1\n"), ExitCode::GuestFailed);
    EXPECT_EQ(decide(session("! kind=halt cpu=3 vmpl=2 rip=0x0\n"), subject()).sentence,
              "demo halted: every vCPU is in HLT with interrupts off, the last one CPU 3 at VMPL2");
    EXPECT_EQ(code_of("! kind=halt cpu=3 vmpl=2\n"), ExitCode::GuestFailed);
}

TEST(Outcome, ARebootThatCouldNotBeFollowedByALaunchIsATimeout) {
    Subject restarts = subject();
    restarts.restarts = true;
    for (const auto kind : {qemu::Ending::Kind::Stopped, qemu::Ending::Kind::TimedOut}) {
        auto result = session("! kind=reset cpu=0 vmpl=1\n");
        result.ending.kind = kind;
        EXPECT_EQ(decide(result, restarts).code, ExitCode::Timeout);
        EXPECT_EQ(decide(result, subject()).code, ExitCode::GuestFailed);
    }
}

TEST(Outcome, ARefusedFeatureIsNamedByItsBit) {
    EXPECT_EQ(decide(session("! kind=invalid cpu=0 vmpl=0 reason=unsupported-sev-feature features=0x220\n"),
                     subject())
                  .sentence,
              "VMRUN was refused on CPU 0 at VMPL0: unsupported sev feature (of SEV_FEATURES bit 5, 9)");
    EXPECT_EQ(
        decide(session("! kind=invalid cpu=1 vmpl=1 reason=bad-xcr0 features=0x0\n"), subject()).sentence,
        "VMRUN was refused on CPU 1 at VMPL1: bad xcr0");
}

TEST(Outcome, WhatAGuestPrintsIsNoVerdict) {
    auto result = session("! kind=shutdown cpu=0 vmpl=1 rip=0x1\n");
    result.console = "\n! kind=report value=0 cpu=0 vmpl=1\n";
    EXPECT_EQ(decide(result, subject()).code, ExitCode::MachineStopped);
}

TEST(Outcome, OneCpuIsSingular) {
    Subject one = subject();
    one.cpus = 1;
    EXPECT_EQ(decide(session("! kind=report value=0\n"), one).sentence, "demo ran on 1 vCPU at VMPL1");
}

TEST(Outcome, DeterministicSummaryHidesTheClock) {
    Subject quiet = subject();
    quiet.deterministic = true;
    const auto result = session("! kind=report value=0\n");
    EXPECT_EQ(summary_line(decide(result, quiet), result, quiet),
              "adyton: success - demo ran on 4 vCPUs at VMPL1\n");
}

TEST(Outcome, EveryTerminationOfTheSvsmHasItsSentence) {
    for (std::size_t code = 0; code < abi::adyton::termination_text.size(); ++code) {
        const auto outcome =
            decide(session(std::format("! kind=terminate cpu=0 vmpl=0 set=15 code={}\n", code)), subject());
        EXPECT_EQ(outcome.code, ExitCode::SvsmTerminated);
        EXPECT_TRUE(outcome.sentence.starts_with(abi::adyton::termination_text[code]));
    }
}

TEST(Outcome, TheSvsmIsKnownByItsLaunchWhereverTheHostRunsIt) {
    EXPECT_EQ(code_of("! kind=terminate cpu=0 vmpl=1 launch=1 set=15 code=8\n"), ExitCode::SvsmTerminated);
    EXPECT_EQ(code_of("! kind=terminate cpu=0 vmpl=1 launch=0 set=15 code=8\n"), ExitCode::GuestFailed);
}

TEST(Outcome, AtVmpl0AGuestWithoutAnSvsmEndsItself) {
    Subject alone = subject();
    alone.vmpl = 0;
    const auto result = session("= svsm_calls 0\n! kind=terminate cpu=0 vmpl=0 launch=1 set=15 code=8\n");
    const Outcome outcome = decide(result, alone);
    EXPECT_EQ(outcome.code, ExitCode::GuestFailed);
    EXPECT_EQ(outcome.sentence, "demo asked to be ended on CPU 0 at VMPL0 (set 15, code 8)");
    EXPECT_EQ(summary_line(outcome, result, alone).find("SVSM"), std::string::npos);
}

TEST(Outcome, VerdictsMapToExitCodes) {
    EXPECT_EQ(code_of("! kind=report value=1\n"), ExitCode::GuestFailed);
    EXPECT_EQ(code_of("! kind=terminate vmpl=2 set=0 code=0\n"), ExitCode::GuestFailed);
    for (const char* kind :
         {"shutdown", "invalid", "deadlock", "denied", "host-ends", "fault", "internal", "nmi", "?"})
        EXPECT_EQ(code_of(std::format("! kind={}\n", kind)), ExitCode::MachineStopped) << kind;
    for (const char* kind : {"no-svm", "no-bmi", "bad-image", "low-memory", "c-bit", "c-bit-impossible"}) {
        const auto outcome = decide(session(std::format("! kind={}\n", kind)), subject());
        EXPECT_EQ(outcome.code, ExitCode::Usage) << kind;
        EXPECT_TRUE(outcome.is_our_problem) << kind;
    }
}

TEST(Outcome, ALaunchThatDiffersIsNoSuccessWhateverFollowed) {
    auto result = session("! kind=report value=0\n");
    result.ending.kind = qemu::Ending::Kind::LaunchRefused;
    const Outcome outcome = decide(result, subject());
    EXPECT_EQ(outcome.code, ExitCode::MachineStopped);
    EXPECT_FALSE(outcome.is_our_problem);
    EXPECT_EQ(outcome.sentence, "the launch differs from the image of demo, so it was ended");
}

TEST(Outcome, TheStatusOfTheAmdSpIsToldWhereItRefused) {
    EXPECT_EQ(decide(session("! kind=bad-image reason=the-policy-wants status=7\n"), subject()).sentence,
              "the machine refuses the image: the policy wants (status 0x07 of the AMD-SP)");
    EXPECT_EQ(decide(session("! kind=bad-image reason=no-boot-vCPU status=0\n"), subject()).sentence,
              "the machine refuses the image: no boot vCPU");
}

TEST(Outcome, AnImageForAnotherCBitIsToldWithBothNumbers) {
    EXPECT_EQ(
        decide(session("! kind=c-bit image=51 machine=47\n"), subject()).sentence,
        "the image was built for C-bit 51, and the machine has C-bit 47; build the image with --c-bit 47, "
        "or start the machine with c-bit=51");
    EXPECT_EQ(
        decide(session("! kind=c-bit-impossible machine=51 levels=4 memory=0x10000000\n"), subject())
            .sentence,
        "the machine cannot have C-bit 51: 256 MiB of memory, and nested tables of 4 levels; choose another "
        "with --c-bit, or less --memory");
}

TEST(Outcome, ATimeoutIsATimeoutWithAndWithoutStates) {
    EXPECT_EQ(decide(session("", Ending::Kind::TimedOut), subject()).code, ExitCode::Timeout);
    EXPECT_EQ(decide(session("! kind=nmi\n", Ending::Kind::TimedOut), subject()).code, ExitCode::Timeout);
}

TEST(Outcome, AVerdictThatCameWithTheTimeoutWins) {
    EXPECT_EQ(decide(session("! kind=report value=0\n", Ending::Kind::TimedOut), subject()).code,
              ExitCode::Success);
}

TEST(Outcome, AQemuThatNeverStartedIsQuotedWithoutItsWarnings) {
    auto result = session("");
    result.qemu_errors = "qemu-system-x86_64: warning: no x\nqemu-system-x86_64: no such CPU\n";
    const Outcome outcome = decide(result, subject());
    EXPECT_TRUE(outcome.is_our_problem);
    EXPECT_EQ(outcome.sentence, "QEMU ended with status 1 before the machine started: no such CPU");
}

TEST(Outcome, AQemuThatDiedLaterStoppedTheMachine) {
    EXPECT_EQ(code_of("# starting\n"), ExitCode::MachineStopped);
}

TEST(Outcome, ARefusedDeviceIsNamedAsLspciDoes) {
    const std::string line = note_line(
        Fields::parse("kind=dma bus=0 device=31 function=2 access=write gpa=0x1234000 why=private"));
    EXPECT_NE(line.find("00:1f.2 may not write 0x1234000"), std::string::npos) << line;
    EXPECT_NE(line.find("is private to the guest"), std::string::npos);
    EXPECT_NE(note_line(Fields::parse("kind=dma why=no-memory")).find("is no memory"), std::string::npos);
    EXPECT_NE(note_line(Fields::parse("kind=surprise")).find("surprise"), std::string::npos);
    for (std::size_t at = 0, end = 0; at < line.size(); at = end + 1) {
        end = line.find('\n', at);
        EXPECT_LE(end - at, 80u);
        EXPECT_TRUE(line.substr(at).starts_with("adyton: note: "));
    }
}

TEST(Outcome, RefusedAccessesAreCountedInTheSummary) {
    const auto result = session("= svsm_calls 3\n= refused_dma 2\n! kind=report value=0\n");
    EXPECT_NE(summary_line(decide(result, subject()), result, subject()).find("2 device accesses refused"),
              std::string::npos);
}

TEST(Outcome, DiagnosisSaysWhyAVcpuDoesNotRun) {
    const auto states = [](std::string_view line) {
        return diagnosis(session(formatted("? cpu=2 vmpl=1 {} rip=0x10\n! kind=nmi\n", line)), subject(),
                         Symbolizer{{}, {}});
    };
    EXPECT_NE(states("state=halted").find("HLT with interrupts off"), std::string::npos);
    EXPECT_NE(states("state=held").find("AP reset hold"), std::string::npos);
    EXPECT_NE(states("state=rests").find("waits for an interrupt"), std::string::npos);
    EXPECT_NE(states("state=unstarted").find("the guest to start it"), std::string::npos);
    EXPECT_NE(states("state=running interrupts=off calls=7 last=remap_ca")
                  .find("interrupts off; 7 SVSM calls, the last one remap_ca"),
              std::string::npos);
    EXPECT_EQ(states("state=running interrupts=off calls=0 last=none").find("SVSM calls"), std::string::npos);
    EXPECT_NE(states("state=dreams").find("dreams"), std::string::npos);
}

TEST(Outcome, DiagnosisShowsWhatIsKnown) {
    const auto text =
        diagnosis(session("~ event\n? cpu=1 vmpl=1 state=halted rip=0x10\n! kind=shutdown cpu=0 rip=0x20\n"),
                  subject(), {});
    for (const char* words : {"shutdown cpu=0", "RIP 0x20", "    event\n", "CPU 1", "halted"})
        EXPECT_NE(text.find(words), std::string::npos) << words;
    EXPECT_EQ(diagnosis(session(""), subject(), {}), "");
}

}  // namespace
}  // namespace tools::verdict
