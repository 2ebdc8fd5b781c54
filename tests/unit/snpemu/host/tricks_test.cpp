// SPDX-License-Identifier: MIT
// What a conspiring host does, and when: the attacks that docs/adr/0034 names.
#include "snpemu/host/tricks.hpp"

#include <array>

#include <gtest/gtest.h>

namespace snpemu {
namespace {

using abi::adyton::Adversary;

constexpr std::array moments{Moment::Validates, Moment::Rescinds, Moment::MakesVmsa, Moment::Adjusts,
                             Moment::Touches};

TEST(Tricks, only_conspirators_play_any) {
    for (const auto& [name, adversary] : abi::adyton::adversary_names) {
        bool plays = false;
        for (const auto moment : moments) plays |= tricks_of(adversary, moment) != Tricks{};
        EXPECT_EQ(plays, conspires(adversary)) << name;
        if (exposes_svsm_page(adversary)) EXPECT_TRUE(conspires(adversary)) << name;
    }
    for (const auto moment : moments) EXPECT_EQ(tricks_of(Adversary::None, moment), Tricks{});
}

TEST(Tricks, the_page_that_was_judged_is_not_the_one_that_becomes_a_vmsa) {
    for (const auto moment : moments)
        EXPECT_EQ(tricks_of(Adversary::TwoPages, moment),
                  moment == Moment::MakesVmsa ? Tricks{.before = Trick::ShowFirst} : Tricks{});
}

TEST(Tricks, the_page_that_is_validated_is_not_the_one_that_is_zeroed) {
    constexpr Tricks around{.before = Trick::ShowSecond, .after = Trick::ShowFirst};
    EXPECT_EQ(tricks_of(Adversary::SwapWhileZeroing, Moment::Validates), around);
    EXPECT_EQ(tricks_of(Adversary::SwapWhileZeroing, Moment::Adjusts).before, Trick::ShowSecond);
    EXPECT_EQ(tricks_of(Adversary::HidesWhileZeroing, Moment::Validates), around);
    EXPECT_EQ(tricks_of(Adversary::HidesWhileZeroing, Moment::Adjusts), Tricks{});
}

TEST(Tricks, everything_but_the_validation_faults) {
    for (const auto moment : {Moment::Rescinds, Moment::MakesVmsa, Moment::Adjusts, Moment::Touches})
        EXPECT_EQ(tricks_of(Adversary::FaultsWhileZeroing, moment).before, Trick::Fault);
    EXPECT_EQ(tricks_of(Adversary::FaultsWhileZeroing, Moment::Validates).before, Trick::None);
}

TEST(Tricks, of_a_rescind_only_the_revocation_faults) {
    EXPECT_EQ(tricks_of(Adversary::FaultsWhileRevoking, Moment::Adjusts).before, Trick::Fault);
    EXPECT_EQ(tricks_of(Adversary::FaultsWhileRevoking, Moment::Rescinds), Tricks{});
}

TEST(Tricks, an_rmpadjust_makes_a_vmsa_when_it_says_so) {
    EXPECT_EQ(moment_of_rmpadjust(0x1'0101), Moment::MakesVmsa);
    EXPECT_EQ(moment_of_rmpadjust(0xf01), Moment::Adjusts);
}

}  // namespace
}  // namespace snpemu
