// SPDX-License-Identifier: MIT
// What an image demands of its own report, by name.
#include "tools/image/own_report.hpp"

#include <gtest/gtest.h>

namespace tools::image {
namespace {

using abi::adyton::OwnReport;

TEST(OwnReportWords, off_is_no_check) {
    EXPECT_EQ(parse_own_report("off")->check, OwnReport::Unchecked);
    EXPECT_EQ(own_report_words({.check = OwnReport::Unchecked}), "off");
    EXPECT_EQ(OwnReportDemand{}.check, OwnReport::Checked) << "unless somebody says so";
    EXPECT_EQ(own_report_words({}), "");
}

TEST(OwnReportWords, each_part_has_its_field) {
    const auto demand = parse_own_report("fmc=1,bootloader=2,tee=3,snp=4,microcode=255");
    ASSERT_TRUE(demand) << demand.error().sentence;
    EXPECT_EQ(*demand, (OwnReportDemand{OwnReport::Checked, {1, 2, 3, 4, 255, {}}}));
    EXPECT_EQ(own_report_words(*demand), "fmc=1,bootloader=2,tee=3,snp=4,microcode=255");
    EXPECT_EQ(own_report_words(*parse_own_report("microcode=84,snp=23")), "snp=23,microcode=84");
}

TEST(OwnReportWords, what_is_no_floor_is_refused) {
    for (const char* text : {"snp", "snp=0", "snp=256", "snp=x", "snp=", "=1", "on", "tcb=1", "off,snp=1", "",
                             "snp=1,snp=1", "snp=1,snp=2"})
        EXPECT_FALSE(parse_own_report(text)) << text;
}

}  // namespace
}  // namespace tools::image
