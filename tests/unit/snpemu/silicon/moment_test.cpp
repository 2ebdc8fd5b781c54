// SPDX-License-Identifier: MIT
#include "snpemu/silicon/moment.hpp"

#include <gtest/gtest.h>

namespace snpemu::silicon {
namespace {

TEST(Tricks, an_rmpadjust_makes_a_vmsa_when_it_says_so) {
    EXPECT_EQ(moment_of_rmpadjust(0x1'0101), Moment::MakesVmsa);
    EXPECT_EQ(moment_of_rmpadjust(0xf01), Moment::Adjusts);
}

}  // namespace
}  // namespace snpemu::silicon
