// SPDX-License-Identifier: MIT
// The guest policy by name.
#include "tools/image/policy.hpp"

#include <array>
#include <utility>

#include <gtest/gtest.h>

namespace tools::image {
namespace {

TEST(PolicyWords, each_is_its_bit) {
    const std::array<std::pair<const char*, std::uint64_t>, 9> words{{{"no-smt", 0x2'0000},
                                                                      {"abi=1.55", 0x3'0137},
                                                                      {"debug", 0xb'0000},
                                                                      {"single-socket", 0x13'0000},
                                                                      {"aes-256-xts", 0x43'0000},
                                                                      {"no-rapl", 0x83'0000},
                                                                      {"ciphertext-hiding", 0x103'0000},
                                                                      {"no-page-swap", 0x203'0000},
                                                                      {"abi=255.255", 0x3'ffff}}};
    for (const auto& [word, policy] : words) {
        const auto parsed = parse_policy(word);
        ASSERT_TRUE(parsed) << word << ": " << parsed.error().sentence;
        EXPECT_EQ(*parsed, policy) << word;
        EXPECT_EQ(policy_names(policy), word);
    }
}

TEST(PolicyWords, several_are_separated_by_commas_in_any_order) {
    EXPECT_EQ(*parse_policy("ciphertext-hiding,abi=1.51,no-smt"), 0x102'0133u);
    EXPECT_EQ(policy_names(0x102'0133), "abi=1.51, no-smt, ciphertext-hiding");
}

TEST(PolicyWords, bits_without_a_word_are_shown) {
    EXPECT_EQ(policy_names(0x3'0000), "");
    EXPECT_EQ(policy_names(0x1'0000), "bit 17 is not one");
    EXPECT_EQ(policy_names(0x3'0000 | 1ull << 40), "0x10000000000");
    EXPECT_EQ(policy_names(0x27'0000), "migration, cxl");
}

TEST(PolicyWords, unknown_impossible_and_malformed_ones_are_refused) {
    const std::array<std::pair<const char*, const char*>, 8> refusals{
        {{"smt", "there is no policy 'smt'; choose from: abi=MAJOR.MINOR, no-smt, debug, single-socket"},
         {"migration", "--policy migration is not possible: the guest has no migration agent"},
         {"cxl", "--policy cxl is not possible: "},
         {"abi=1", "--policy abi=1 is not a version; write it like abi=1.55"},
         {"abi=1.256", "--policy abi 256 is not possible; choose 0 to 255"},
         {"abi=x.1", "--policy abi x is not possible"},
         {"", "--policy  names something twice, or nothing"},
         {"debug,debug", "--policy debug,debug names something twice"}}};
    for (const auto& [text, words] : refusals) {
        const auto parsed = parse_policy(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_TRUE(parsed.error().sentence.starts_with(words)) << parsed.error().sentence;
    }
}

}  // namespace
}  // namespace tools::image
