// SPDX-License-Identifier: MIT
#include "model/host/rest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace model::host {
namespace {

using abi::Vmpl;

constexpr RestingVcpu guest_in_hlt{.has_guest = true, .has_vmsa = true, .vmpl = Vmpl::Vmpl1};
constexpr RestingVcpu guest_in_hold{
    .has_guest = true, .has_vmsa = true, .is_held = true, .vmpl = Vmpl::Vmpl1};
constexpr RestingVcpu svsm_without_guest{.has_vmsa = true, .vmpl = Vmpl::Vmpl0};
constexpr RestingVcpu svsm_with_guest{.has_guest = true, .has_vmsa = true, .vmpl = Vmpl::Vmpl0};
constexpr RestingVcpu nothing{};

TEST(Rest, a_guest_that_halts_all_its_vcpus_has_halted_its_machine) {
    EXPECT_EQ(judge_rest(std::array{guest_in_hlt}), AllRest::Halt);
    EXPECT_EQ(judge_rest(std::array{guest_in_hlt, guest_in_hlt}), AllRest::Halt);
    // Those that it never started do not matter.
    EXPECT_EQ(judge_rest(std::array{svsm_without_guest, guest_in_hlt, nothing}), AllRest::Halt);
}

TEST(Rest, one_that_waits_to_be_started_makes_it_a_deadlock) {
    EXPECT_EQ(judge_rest(std::array{guest_in_hold}), AllRest::Deadlock);
    EXPECT_EQ(judge_rest(std::array{guest_in_hlt, guest_in_hold}), AllRest::Deadlock);
}

TEST(Rest, an_svsm_that_does_not_come_back_to_its_guest_is_a_deadlock) {
    EXPECT_EQ(judge_rest(std::array{svsm_with_guest}), AllRest::Deadlock);
    EXPECT_EQ(judge_rest(std::array{guest_in_hlt, svsm_with_guest}), AllRest::Deadlock);
}

TEST(Rest, software_at_vmpl0_without_a_guest_halts_like_any_other) {
    EXPECT_EQ(judge_rest(std::array{svsm_without_guest, svsm_without_guest, nothing}), AllRest::Halt);
    constexpr RestingVcpu held{.has_vmsa = true, .is_held = true, .vmpl = Vmpl::Vmpl0};
    EXPECT_EQ(judge_rest(std::array{svsm_without_guest, held}), AllRest::Deadlock);
}

TEST(Rest, where_nothing_ever_ran_nothing_has_halted) {
    EXPECT_EQ(judge_rest(std::array{nothing, nothing}), AllRest::Deadlock);
}

}  // namespace
}  // namespace model::host
