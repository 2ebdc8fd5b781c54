// SPDX-License-Identifier: MIT
// What the console of a launch says about the one check that ran.
#include "tools/run/alone.hpp"

#include <gtest/gtest.h>

namespace tools::run {
namespace {

using Result = AloneReport::Result;
constexpr const char* before = "TAP version 13\r\n# 4 vCPUs\r\n1..153\r\n# alone: call.msr-form\r\n";

TEST(Alone, AResultHasItsNameAndTheSuitesNumberOfChecks) {
    const AloneReport report =
        read_alone(std::string{before} + "ok 9 - call.msr-form [Calling Convention]\r\n");
    EXPECT_EQ(report.result, Result::Passed);
    EXPECT_EQ(report.checks, 153u);
    EXPECT_EQ(report.about, "TAP version 13\n# 4 vCPUs\n");
    EXPECT_EQ(report.name, "call.msr-form");
    EXPECT_EQ(report.lines, "ok 9 - call.msr-form [Calling Convention]\n");
    EXPECT_FALSE(report.is_choice);
}

TEST(Alone, AFailureBringsItsExplanation) {
    const AloneReport report = read_alone(
        std::string{before} + "not ok 9 - call.msr-form [X, choice]\n  ---\n  at: a.cpp:1\n  ...\n# end\n");
    EXPECT_EQ(report.result, Result::Failed);
    EXPECT_EQ(report.lines, "not ok 9 - call.msr-form [X, choice]\n  ---\n  at: a.cpp:1\n  ...\n");
    EXPECT_TRUE(report.is_choice);
}

TEST(Alone, WhatDoesNotApplyIsSkipped) {
    EXPECT_EQ(read_alone(std::string{before} + "ok 9 - a.b # SKIP needs 2 vCPUs\n").result, Result::Skipped);
}

TEST(Alone, ARunThatEndsEarlyHasANameAtMost) {
    EXPECT_EQ(read_alone(before).result, Result::None);
    EXPECT_EQ(read_alone(before).name, "call.msr-form");
    EXPECT_EQ(read_alone("TAP version 13\n").checks, 0u);
    EXPECT_EQ(read_alone("").checks, 0u);
}

TEST(Alone, AHalfWrittenResultIsNone) {
    EXPECT_EQ(read_alone(std::string{before} + "not o").result, Result::None);
}

}  // namespace
}  // namespace tools::run
