// SPDX-License-Identifier: MIT
// Names of SEV_FEATURES, and which of them an image may ask for.
#include "tools/image/sev_features.hpp"

#include <array>
#include <utility>

#include <gtest/gtest.h>

#include "tools/run/options.hpp"

namespace tools::image {
namespace {

TEST(SevFeatureNames, each_is_its_bit_and_snp) {
    const std::array<std::pair<const char*, unsigned>, 6> names{{{"restricted-injection", 3},
                                                                 {"debug-swap", 5},
                                                                 {"prevent-host-ibs", 6},
                                                                 {"btb-isolation", 7},
                                                                 {"smt-protection", 15},
                                                                 {"ibpb-on-entry", 21}}};
    for (const auto& [name, bit] : names) {
        const auto parsed = parse_sev_features(name);
        ASSERT_TRUE(parsed) << name;
        EXPECT_EQ(*parsed, 1ull << bit | 1) << name;
        EXPECT_EQ(sev_feature_names(*parsed), name);
    }
}

TEST(SevFeatureNames, several_are_separated_by_commas) {
    const auto parsed = parse_sev_features("smt-protection,btb-isolation,btb-isolation");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, 1ull << 15 | 1ull << 7 | 1);
    EXPECT_EQ(sev_feature_names(*parsed), "btb-isolation, smt-protection");
    EXPECT_EQ(sev_feature_names(1 | 1ull << 40), "0x10000000000");
    EXPECT_EQ(sev_feature_names(1), "");
}

TEST(SevFeatureNames, unknown_and_empty_ones_are_refused) {
    for (const char* text : {"btb", "", "btb-isolation,", ",btb-isolation", "btb-isolation smt-protection"}) {
        const auto parsed = parse_sev_features(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_NE(parsed.error().sentence.find("choose from: restricted-injection, debug-swap"),
                  std::string::npos);
    }
}

TEST(SevFeatureNames, what_the_svsm_refuses_is_refused_by_name) {
    for (const std::string name :
         {"vtom", "reflect-vc", "alternate-injection", "vmpl-sss", "vmsa-reg-prot"}) {
        const auto parsed = parse_sev_features("btb-isolation," + name);
        ASSERT_FALSE(parsed) << name;
        EXPECT_TRUE(parsed.error().sentence.starts_with("--sev-features " + name + " is not possible: "));
    }
}

TEST(SevFeatureNames, linux_has_no_handler_for_restricted_injection) {
    run::RawOptions raw;
    raw.guest = "linux";
    raw.build.sev_features = "btb-isolation";
    EXPECT_TRUE(run::parse(raw));
    raw.build.sev_features = "btb-isolation,restricted-injection";
    const auto refused = run::parse(raw);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().sentence.starts_with("Linux does not support restricted injection"));
    raw.guest = "demo";
    EXPECT_TRUE(run::parse(raw));
}

}  // namespace
}  // namespace tools::image
