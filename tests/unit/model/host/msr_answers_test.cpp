// SPDX-License-Identifier: MIT
// What a host says of itself: the values of [GHCB "GHCB MSR Protocol"].
#include "model/host/msr_answers.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

using abi::adyton::HostProperties;

TEST(MsrAnswers, facts_are_answered_and_nothing_else) {
    const HostFacts facts{.c_bit = 51, .features = 0x33};
    EXPECT_EQ(answer_facts(ghcb_msr::SevInfo{}, facts), 0x0002'0001'3300'0001u);
    EXPECT_EQ(answer_facts(ghcb_msr::Features{}, facts), 0x3'3081u);
    EXPECT_EQ(answer_facts(ghcb_msr::PreferredGhcb{}, facts), 0xffff'ffff'ffff'f011u);
    EXPECT_FALSE(answer_facts(ghcb_msr::RunVmpl{1}, facts));
    EXPECT_FALSE(answer_facts(ghcb_msr::Unknown{0}, facts));
}

TEST(MsrAnswers, a_save_area_starts_with_the_answer_to_sev_information) {
    EXPECT_EQ(reset_msr(47), answer_facts(ghcb_msr::SevInfo{}, {.c_bit = 47}));
}

TEST(MsrAnswers, a_host_announces_what_it_has) {
    EXPECT_EQ(announced_features({}), 0x37u);
    EXPECT_EQ(announced_features(*HostProperties::parse("one-vmpl")), 0x17u);
    EXPECT_EQ(announced_features(*HostProperties::parse("no-apic-id-list")), 0x27u);
}

TEST(MsrAnswers, cpuid_gives_the_register_that_was_asked_for) {
    for (std::uint32_t reg = 0; reg < 4; ++reg)
        EXPECT_EQ(answer_cpuid({1, reg}, {10, 11, 12, 13}),
                  std::uint64_t{10 + reg} << 32 | reg << 30 | 0x005);
}

TEST(MsrAnswers, of_requests_with_an_effect) {
    EXPECT_EQ(answer_registration(Gpa{0x7000}, true), 0x7013u);
    EXPECT_EQ(answer_registration(Gpa{0x7000}, false), 0xffff'ffff'ffff'f013u);
    EXPECT_EQ(answer_hold_ended(), 0x1007u);
    EXPECT_EQ(answer_run_vmpl(true), 0x017u);
    EXPECT_EQ(answer_run_vmpl(false), 0x1'0000'0017u);
}

}  // namespace
}  // namespace model::host
