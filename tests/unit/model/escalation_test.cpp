// SPDX-License-Identifier: MIT
// Faults while something is being delivered.
#include "model/escalation.hpp"

#include <gtest/gtest.h>

namespace model {
namespace {

using abi::Vector;

TEST(Escalation, TwoContributoryExceptionsAreADoubleFault) {
    for (const Vector second : {Vector::InvalidTss, Vector::SegmentNotPresent, Vector::Stack,
                                Vector::GeneralProtection, Vector::Vc}) {
        EXPECT_EQ(escalate(Vector::Vc, second), Escalation::DoubleFault);
        EXPECT_EQ(escalate(Vector::Divide, second), Escalation::DoubleFault);
    }
}

TEST(Escalation, APageFaultBehindAContributoryOneIsDelivered) {
    EXPECT_EQ(escalate(Vector::GeneralProtection, Vector::PageFault), Escalation::Deliver);
    EXPECT_EQ(escalate(Vector::Vc, Vector::PageFault), Escalation::Deliver);
}

TEST(Escalation, BehindAPageFaultBothAreDoubleFaults) {
    EXPECT_EQ(escalate(Vector::PageFault, Vector::PageFault), Escalation::DoubleFault);
    EXPECT_EQ(escalate(Vector::PageFault, Vector::Vc), Escalation::DoubleFault);
    EXPECT_EQ(escalate(Vector::PageFault, Vector::Debug), Escalation::Deliver);
}

TEST(Escalation, BehindADoubleFaultTheCpuShutsDown) {
    EXPECT_EQ(escalate(Vector::DoubleFault, Vector::Stack), Escalation::Shutdown);
    EXPECT_EQ(escalate(Vector::DoubleFault, Vector::PageFault), Escalation::Shutdown);
}

TEST(Escalation, BenignEventsNeverEscalate) {
    EXPECT_EQ(escalate(std::nullopt, Vector::GeneralProtection), Escalation::Deliver);
    EXPECT_EQ(escalate(Vector::InvalidOpcode, Vector::Vc), Escalation::Deliver);
    EXPECT_EQ(escalate(Vector::Hv, Vector::PageFault), Escalation::Deliver);
}

TEST(Escalation, AStepEndsInADebugTrapUnlessAnExceptionTookItsPlace) {
    EXPECT_TRUE(ends_in_debug_trap(true, true, true));
    EXPECT_FALSE(ends_in_debug_trap(true, false, true));
    EXPECT_FALSE(ends_in_debug_trap(true, true, false));
    EXPECT_FALSE(ends_in_debug_trap(false, true, true));
}

}  // namespace
}  // namespace model
