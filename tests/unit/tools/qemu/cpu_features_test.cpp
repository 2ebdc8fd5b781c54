// SPDX-License-Identifier: MIT
// Features of the CPU: by name, with what they need, and as QEMU is told.
#include "tools/qemu/cpu_features.hpp"

#include <gtest/gtest.h>

namespace tools::qemu {
namespace {

std::string sentence(std::string_view names) { return parse_cpu_features(names).error().sentence; }

TEST(CpuFeatures, what_is_not_asked_for_is_switched_off) {
    EXPECT_EQ(cpu_words({}), ",-xsave,-avx,-avx2,-fma,-f16c,-pku,-cx16");
    EXPECT_EQ(cpu_words(*parse_cpu_features("cx16")), ",-xsave,-avx,-avx2,-fma,-f16c,-pku,+cx16");
    EXPECT_EQ(cpu_words(*parse_cpu_features("pku,xsave")),
              ",+xsave,+xsaveopt,+avx,+avx2,+fma,+f16c,+pku,-cx16");
}
TEST(CpuFeatures, unknown_and_empty_names_are_refused) {
    for (const std::string_view bad : {"", "avx512", "xsave,", ",xsave", "XSAVE"})
        EXPECT_TRUE(sentence(bad).contains("choose from: xsave pku cx16")) << bad;
}
TEST(CpuFeatures, keys_need_xsave) {
    EXPECT_EQ(sentence("pku"), "--cpu-features pku needs xsave as well");
    EXPECT_TRUE(parse_cpu_features("xsave,pku"));
}
TEST(CpuFeatures, a_qemu_that_has_one_wrong_is_refused) {
    const auto cx16 = *parse_cpu_features("cx16"), xsave = *parse_cpu_features("xsave");
    const auto old = check_cpu_features(cx16, "7.2.22");
    ASSERT_FALSE(old);
    EXPECT_EQ(old.error().sentence,
              "--cpu-features cx16 needs QEMU 8 or later, and this is 7.2.22: its CMPXCHG16B leaves garbage "
              "in the flags");
    EXPECT_TRUE(check_cpu_features(cx16, "8.0.0"));
    EXPECT_TRUE(check_cpu_features(cx16, "10.0.2"));
    EXPECT_TRUE(check_cpu_features(cx16, "of unknown version"));
    EXPECT_TRUE(check_cpu_features(xsave, "7.2.22"));
}
TEST(CpuFeatures, sets_contain_each_other) {
    const auto both = *parse_cpu_features("xsave,cx16");
    EXPECT_TRUE(has(both, xsave_feature()));
    EXPECT_FALSE(has(*parse_cpu_features("cx16"), xsave_feature()));
}

}  // namespace
}  // namespace tools::qemu
