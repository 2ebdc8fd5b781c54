// SPDX-License-Identifier: MIT
// Which ends of a random program are the machine's fault.
#include "tools/fuzz/machine.hpp"

#include <gtest/gtest.h>

namespace tools::fuzz {
namespace {

using qemu::Ending;

std::optional<std::string> fault_of(std::string_view channel, Ending::Kind kind = Ending::Kind::Stopped) {
    qemu::SessionResult session{qemu::MachineChannel{[](std::string_view) {}}};
    session.channel.feed(channel);
    session.ending.kind = kind;
    session.ending.wait_status = 11;  // SIGSEGV
    return machine_fault(session, verdict::decide(session, {"a program", 1, 0, "EPYC", 20, false}));
}

TEST(MachineFault, what_a_guest_may_do_is_none) {
    EXPECT_FALSE(fault_of("! kind=report value=0\n"));
    EXPECT_FALSE(fault_of("! kind=report value=7\n"));
    EXPECT_FALSE(fault_of("! kind=shutdown cpu=0 vmpl=0\n"));
    EXPECT_FALSE(fault_of("! kind=invalid cpu=0 vmpl=1 reason=page-is-no-vmsa\n"));
    EXPECT_FALSE(fault_of("! kind=host-ends cpu=0 vmpl=0 why=x\n"));
    EXPECT_FALSE(fault_of("! kind=deadlock\n"));
    EXPECT_FALSE(fault_of("! kind=terminate cpu=0 vmpl=0 set=0 code=1\n"));
}

TEST(MachineFault, a_loop_from_which_the_machine_answers_is_the_guests) {
    EXPECT_FALSE(fault_of("! kind=nmi cpu=0 vmpl=0\n", Ending::Kind::TimedOut));
}

TEST(MachineFault, a_loop_in_the_machine_is_one) {
    constexpr std::string_view channel =
        "? cpu=0 vmpl=0 state=running rip=0x1000\n? cpu=1 vmpl=0 state=busy rip=0x1000\n! kind=nmi\n";
    EXPECT_EQ(fault_of(channel, Ending::Kind::TimedOut), "CPU 1 does not leave the machine's own code");
    EXPECT_FALSE(fault_of("? cpu=0 vmpl=0 state=running rip=0x1000\n! kind=nmi\n", Ending::Kind::TimedOut));
}

TEST(MachineFault, a_machine_that_answers_no_nmi_hangs) {
    EXPECT_EQ(fault_of("# started\n", Ending::Kind::TimedOut),
              "the machine answers no NMI: it hangs, or its host does");
}

TEST(MachineFault, an_internal_fault_is_one) {
    EXPECT_EQ(fault_of("! kind=internal what=page-fault\n"), "a fault of the machine itself: page fault");
}

TEST(MachineFault, the_end_of_qemu_is_one) {
    const auto fault = fault_of("# started\n");
    ASSERT_TRUE(fault);
    EXPECT_NE(fault->find("signal 11"), std::string::npos) << *fault;
}

TEST(MachineFault, a_machine_that_does_not_come_to_be_is_one) {
    EXPECT_TRUE(fault_of("! kind=bad-image reason=no-snp-platform\n"));
}

}  // namespace
}  // namespace tools::fuzz
