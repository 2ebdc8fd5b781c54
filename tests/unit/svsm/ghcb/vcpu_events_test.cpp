// SPDX-License-Identifier: MIT
// Events through the GHCB page: the fields written, and no others.
#include "svsm/ghcb/vcpu_events.hpp"

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"
#include "svsm/ghcb/exchange.hpp"

namespace svsm::ghcb {
namespace {

class VcpuEvents : public testing::Test {
protected:
    sim::Machine m{0x1'0000};
};

TEST_F(VcpuEvents, ap_creation_names_vmsa_vcpu_level_and_features) {
    EXPECT_TRUE(ap_create({abi::ApCreationRequest::Create, 0x12, abi::Vmpl::Vmpl2, Gpa{0x3000}, 0x21}));
    ASSERT_EQ(m.ap_creations.size(), 1u);
    EXPECT_EQ(m.ap_creations[0].info_1, 0x0000'0012'0002'0001u);
    EXPECT_EQ(m.ap_creations[0].vmsa, 0x3000u);
    EXPECT_EQ(m.ap_creations[0].sev_features, 0x21u);
}

TEST_F(VcpuEvents, a_refused_ap_creation_is_seen) {
    m.host_event_reply = [](abi::Ghcb& ghcb) { ghcb.sw_exit_info_1 = 2; };
    EXPECT_FALSE(ap_create({abi::ApCreationRequest::Create, 1, abi::Vmpl::Vmpl0, Gpa{0x3000}, 1}));
}

TEST_F(VcpuEvents, the_list_of_apic_ids_goes_into_a_page_of_its_own) {
    EXPECT_FALSE(list_apic_ids(Gpa{0x5000})) << "this host has none";
    m.host_event_reply = [](abi::Ghcb& ghcb) {
        EXPECT_EQ(ghcb.sw_exit_code, static_cast<std::uint64_t>(abi::NaeEvent::GetApicIds));
        EXPECT_EQ(ghcb.rax, 1u);
        ghcb.sw_exit_info_1 = ghcb.sw_exit_info_2 = 0;
    };
    EXPECT_TRUE(list_apic_ids(Gpa{0x5000}));
}

TEST_F(VcpuEvents, only_the_inputs_of_an_event_are_marked_valid) {
    auto& ghcb = machine::ghcb();
    std::uint64_t low = ~0ull, high = ~0ull;
    const auto remember = [&](sim::Step step) {
        if (step == sim::Step::Vmgexit) low = ghcb.valid_bitmap[0], high = ghcb.valid_bitmap[1];
    };
    m.between = remember;
    EXPECT_TRUE(exchange({.code = abi::NaeEvent::RunVmpl, .info_1 = 1}).accepted());
    EXPECT_EQ(low, 0u);
    EXPECT_EQ(high, 0x7ull << (114 - 64));
    EXPECT_TRUE(ap_create({abi::ApCreationRequest::Create, 1, abi::Vmpl::Vmpl0, Gpa{0x3000}, 1}));
    EXPECT_EQ(low, 1ull << 63) << "RAX";
}

TEST_F(VcpuEvents, what_the_host_marked_valid_is_no_input_of_the_next_event) {
    m.host_event_reply = [](abi::Ghcb& ghcb) { ghcb.valid_bitmap[0] = ghcb.valid_bitmap[1] = ~0ull; };
    EXPECT_TRUE(exchange({.code = abi::NaeEvent::RunVmpl, .info_1 = 1}).accepted());
    EXPECT_EQ(machine::ghcb().valid_bitmap[0] | machine::ghcb().valid_bitmap[1], 0u);
}

TEST_F(VcpuEvents, the_page_says_version_2_and_standard_format) {
    machine::ghcb().usage = 7;
    EXPECT_TRUE(exchange({.code = abi::NaeEvent::RunVmpl, .info_1 = 1}).accepted());
    EXPECT_EQ(machine::ghcb().protocol_version, 2);
    EXPECT_EQ(machine::ghcb().usage, 0u);
}

}  // namespace
}  // namespace svsm::ghcb
