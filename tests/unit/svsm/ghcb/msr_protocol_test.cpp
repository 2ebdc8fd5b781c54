// SPDX-License-Identifier: MIT
// The hypervisor's replies are not trusted: each one that does not fit ends the boot with its reason.
#include "svsm/ghcb/msr_protocol.hpp"

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"

namespace svsm::ghcb {
namespace {

class MsrProtocol : public testing::Test {
protected:
    /// The host answers this to every request.
    void host_says(std::uint64_t reply) {
        m.host_reply = [=](std::uint64_t, std::uint64_t) { return reply; };
    }
    sim::Machine m{0x1'0000};
};

TEST_F(MsrProtocol, an_honest_host_passes) {
    EXPECT_TRUE(check_version().has_value());
    EXPECT_EQ(query_features(), 0x27u);
    EXPECT_TRUE(register_page(Gpa{0x7000}).has_value());
    EXPECT_TRUE(change_page_state(Gpa{0x7000}, abi::PscOperation::Private).has_value());
    EXPECT_TRUE(m.entry(Gpa{0x7000}).assigned);
    EXPECT_TRUE(change_page_state(Gpa{0x7000}, abi::PscOperation::Shared).has_value());
    EXPECT_FALSE(m.entry(Gpa{0x7000}).assigned);
}

TEST_F(MsrProtocol, version_2_must_be_among_those_offered) {
    const auto offer = [&](std::uint64_t min, std::uint64_t max) {
        host_says(max << 48 | min << 32 | 47 << 24 | 0x001);
        return check_version();
    };
    EXPECT_TRUE(offer(1, 2).has_value());
    EXPECT_TRUE(offer(2, 2).has_value());
    EXPECT_TRUE(offer(1, 9).has_value());
    EXPECT_EQ(offer(1, 1).error(), Termination::GhcbVersion);
    EXPECT_EQ(offer(3, 4).error(), Termination::GhcbVersion);
}

TEST_F(MsrProtocol, snp_and_ap_creation_are_needed) {
    for (const std::uint64_t features : {0x0u, 0x1u, 0x2u, 0x20u}) {
        host_says(features << 12 | 0x081);
        EXPECT_EQ(query_features().error(), Termination::HypervisorFeatures);
    }
    host_says(0x3081);
    EXPECT_EQ(query_features(), 3u);
}

TEST_F(MsrProtocol, a_reply_to_another_question_is_malformed) {
    host_says(0x7013 ^ 0x1);
    EXPECT_EQ(check_version().error(), Termination::HypervisorReply);
    EXPECT_EQ(query_features().error(), Termination::HypervisorReply);
    EXPECT_EQ(register_page(Gpa{0x7000}).error(), Termination::HypervisorReply);
    EXPECT_EQ(change_page_state(Gpa{0x7000}, abi::PscOperation::Shared).error(),
              Termination::HypervisorReply);
}

TEST_F(MsrProtocol, a_host_that_does_not_answer_is_noticed) {
    m.host_reply = [](std::uint64_t request, std::uint64_t) { return request; };
    EXPECT_EQ(check_version().error(), Termination::HypervisorReply);
    EXPECT_EQ(query_features().error(), Termination::HypervisorReply);
}

TEST_F(MsrProtocol, registration_must_echo_the_page) {
    host_says(0xffff'ffff'ffff'f013);
    EXPECT_EQ(register_page(Gpa{0x7000}).error(), Termination::GhcbRegistration);
    host_says(0x8013);
    EXPECT_EQ(register_page(Gpa{0x7000}).error(), Termination::GhcbRegistration);
}

TEST_F(MsrProtocol, a_page_state_change_with_an_error_is_refused) {
    for (const std::uint64_t reply : {0x0000'0001'0000'0015ull, 0x8000'0000'0000'0015ull, 0x1015ull}) {
        host_says(reply);
        EXPECT_EQ(change_page_state(Gpa{0x7000}, abi::PscOperation::Shared).error(),
                  Termination::PageStateChange);
    }
}

TEST_F(MsrProtocol, run_vmpl_runs_that_level) {
    unsigned ran = 99;
    m.on_run_vmpl = [&](unsigned vmpl) { ran = vmpl; };
    EXPECT_TRUE(run_vmpl(abi::Vmpl::Vmpl3));
    EXPECT_EQ(ran, 3u);
}

TEST_F(MsrProtocol, a_refused_run_is_seen_whatever_the_refusal) {
    for (const std::uint64_t reply :
         {0x0000'0001'0000'0017ull, 0x8000'0000'0000'0017ull, 0x1017ull, 0x0000'0001'0000'0016ull, 0ull}) {
        host_says(reply);
        EXPECT_FALSE(run_vmpl(abi::Vmpl::Vmpl1));
    }
}

}  // namespace
}  // namespace svsm::ghcb
