// SPDX-License-Identifier: MIT
// When a level takes an interrupt or NMI, and what INIT and start-up messages do.
#include "model/host/interrupts.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

TEST(Interrupts, AnNmiGoesToALevelThatHasOneAndHandlesNone) {
    EXPECT_TRUE(takes_nmi({.nmi_pending = true}));
    EXPECT_FALSE(takes_nmi({}));
    EXPECT_FALSE(takes_nmi({.nmi_pending = true, .nmi_blocked = true}));
    EXPECT_FALSE(takes_nmi({.restricts_injection = true, .nmi_pending = true}));
    EXPECT_TRUE(takes_nmi({.restricts_injection = true, .has_doorbell = true, .nmi_pending = true}));
    EXPECT_FALSE(takes_nmi({.restricts_injection = true, .has_doorbell = true}));
}

TEST(Interrupts, OnlyEnabledInterruptsEndAHalt) {
    EXPECT_TRUE(halt_awaits_interrupt({}, true));
    EXPECT_FALSE(halt_awaits_interrupt({}, false));
    EXPECT_TRUE(halt_awaits_interrupt({.restricts_injection = true}, true));
    EXPECT_FALSE(halt_awaits_interrupt({.restricts_injection = true}, false));
    EXPECT_TRUE(halt_awaits_interrupt({.restricts_injection = true, .has_doorbell = true}, false));
}

TEST(Interrupts, OnlyALevelThatCannotBeToldLosesOne) {
    EXPECT_TRUE(loses_interrupt({.restricts_injection = true}));
    EXPECT_FALSE(loses_interrupt({.restricts_injection = true, .has_doorbell = true}));
    EXPECT_FALSE(loses_interrupt({}));
}

TEST(ResetMessages, InitRunsWhatCreateOnInitBrought) {
    EXPECT_EQ(plan_init({.waits_for_init = true}), ResetAction::Start);
    EXPECT_EQ(plan_init({.waits_for_init = true, .is_held = true}), ResetAction::Start);
}

TEST(ResetMessages, AHoldEndsByTheStartUpMessageBehindAnInit) {
    EXPECT_EQ(plan_startup({.is_held = true}), ResetAction::Ignore);
    EXPECT_EQ(plan_init({.is_held = true}), ResetAction::NoteInit);
    EXPECT_EQ(plan_startup({.is_held = true, .had_init = true}), ResetAction::EndHold);
}

TEST(ResetMessages, AVcpuThatRunsIgnoresThem) {
    EXPECT_EQ(plan_init({}), ResetAction::Ignore);
    EXPECT_EQ(plan_startup({.had_init = true}), ResetAction::Ignore);
}

}  // namespace
}  // namespace model::host
