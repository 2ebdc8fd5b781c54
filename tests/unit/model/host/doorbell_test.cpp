// SPDX-License-Identifier: MIT
// What a host writes into the doorbell page, and when it raises #HV.
#include "model/host/doorbell.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

using abi::HvDoorbell, abi::HvDoorbellRequest, abi::NaeError;

constexpr std::uint8_t nmi = HvDoorbell::Nmi::mask, off = HvDoorbell::NoFurtherSignal::mask;

GhcbRequest asks(std::uint64_t info_1, std::uint64_t info_2 = 0) {
    return {.event = abi::NaeEvent::HvDoorbell, .info_1 = info_1, .info_2 = info_2};
}

TEST(Doorbell, AnInterruptIsTheVectorAndASignal) {
    const Ring done = ring({}, {.vector = 0x40});
    EXPECT_EQ(done.page, (DoorbellSignals{0x40, off}));
    EXPECT_TRUE(done.takes_vector && done.raises_hv);
    EXPECT_FALSE(done.takes_nmi);
}

TEST(Doorbell, WhileSignalsAreOffEventsAreToldOnly) {
    const Ring done = ring({0, off}, {.vector = 0x40, .nmi = true});
    EXPECT_EQ(done.page, (DoorbellSignals{0x40, off | nmi}));
    EXPECT_TRUE(done.takes_vector && done.takes_nmi);
    EXPECT_FALSE(done.raises_hv);
}

TEST(Doorbell, AnUnreadEventBlocksTheNextOfItsKindAlone) {
    const Ring interrupt = ring({0x40, 0}, {.vector = 0x50, .nmi = true});
    EXPECT_EQ(interrupt.page, (DoorbellSignals{0x40, off | nmi}));
    EXPECT_FALSE(interrupt.takes_vector);
    EXPECT_TRUE(interrupt.takes_nmi && interrupt.raises_hv);
    const Ring second_nmi = ring({0, nmi}, {.nmi = true});
    EXPECT_EQ(second_nmi.page, (DoorbellSignals{0, nmi}));
    EXPECT_FALSE(second_nmi.takes_nmi || second_nmi.raises_hv);
}

TEST(Doorbell, NothingCameNothingChanges) {
    EXPECT_EQ(ring({0x40, 3}, {}).page, (DoorbellSignals{0x40, 3}));
    EXPECT_FALSE(ring({}, {}).raises_hv);
    EXPECT_TRUE(DoorbellSignals{}.is_empty());
    EXPECT_TRUE((DoorbellSignals{0, off}.is_empty()));
    EXPECT_FALSE((DoorbellSignals{0, HvDoorbell::MachineCheck::mask}.is_empty()));
}

TEST(Doorbell, OnlyDefinedRequestsAndAlignedPagesAreTaken) {
    EXPECT_EQ(read_doorbell(asks(0)), (DoorbellAsk{HvDoorbellRequest::GetPreferred, Gpa{0}}));
    EXPECT_EQ(read_doorbell(asks(1, 0x3000)), (DoorbellAsk{HvDoorbellRequest::Set, Gpa{0x3000}}));
    EXPECT_EQ(read_doorbell(asks(1, 0x3040)).error(), NaeError::InvalidInput);
    EXPECT_TRUE(read_doorbell(asks(2, 0x3040)));  // the page is of no meaning
    EXPECT_TRUE(read_doorbell(asks(3)));
    EXPECT_EQ(read_doorbell(asks(4)).error(), NaeError::InvalidInput);
    EXPECT_EQ(read_doorbell(asks(1ull << 32)).error(), NaeError::InvalidInput);
}

TEST(HvIpi, CommandAndDestinationOfX2apic) {
    EXPECT_EQ(read_hv_ipi(asks(0x0000'0103'0004'4040)), (IpiAsk{0x4'4040, 0x103}));
    EXPECT_EQ(read_hv_ipi(asks(1 << 12 | 0x40)), (IpiAsk{0x40, 0}));  // the old "busy": dropped
    for (const unsigned bit : {13u, 16u, 17u, 20u, 31u})
        EXPECT_EQ(read_hv_ipi(asks(1ull << bit)).error(), NaeError::InvalidInput) << bit;
}

}  // namespace
}  // namespace model::host
