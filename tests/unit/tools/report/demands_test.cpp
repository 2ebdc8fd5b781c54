// SPDX-License-Identifier: MIT
// What is asked for: nonces, roots, and images of our own.
#include "tools/report/demands.hpp"

#include <gtest/gtest.h>

#include "tests/unit/own_folder.hpp"
#include "tests/unit/tools/measure/igvm_file.hpp"
#include "tests/unit/tools/report/scene.hpp"
#include "tools/measure/igvm.hpp"
#include "tools/report/nonce.hpp"

namespace tools::attestation {
namespace {

template <class T>
std::string sentence_of(const Result<T>& result) {
    return result ? "accepted" : result.error().sentence;
}

TEST(Nonce, is_hexadecimal_or_a_file_of_64_bytes) {
    const OwnFolder folder;
    const std::string file = (folder / "n").string(), digits(128, 'a');
    ASSERT_TRUE(write_file(file, Buffer(64, std::byte{0xaa})));
    EXPECT_EQ(*parse_nonce(digits), *parse_nonce(file));
    EXPECT_EQ(*parse_nonce(std::string(128, 'A')), *parse_nonce(file));
}

TEST(Nonce, of_another_length_is_refused) {
    const OwnFolder folder;
    const std::string file = (folder / "n").string();
    ASSERT_TRUE(write_file(file, Buffer(63)));
    EXPECT_EQ(sentence_of(parse_nonce(file)),
              formatted("--nonce: {} has 63 bytes, and a nonce has 64", file));
    EXPECT_EQ(sentence_of(parse_nonce("abcd")), "--nonce abcd is neither 128 hexadecimal digits nor a file");
    const std::string no_digits(128, 'g');
    EXPECT_EQ(sentence_of(parse_nonce(no_digits)),
              formatted("--nonce {} is neither 128 hexadecimal digits nor a file", no_digits));
}

TEST(Demands, of_a_level_are_0_to_3) {
    EXPECT_EQ(demands_of({})->vmpl, 0u);
    EXPECT_EQ(demands_of({.vmpl = "3"})->vmpl, 3u);
    for (const std::string wrong : {"4", "01", "-1", "x"})
        EXPECT_EQ(sentence_of(demands_of({.vmpl = wrong})),
                  formatted("--vmpl {} is no level; write 0, 1, 2 or 3", wrong));
}

TEST(Demands, of_a_manifest_need_a_nonce) {
    EXPECT_EQ(sentence_of(demands_of({.manifest = "m"})),
              "--manifest needs --nonce: the report holds the hash of both");
}

TEST(Demands, read_what_is_named_and_know_the_time) {
    const OwnFolder folder;
    ASSERT_TRUE(write_file(folder / "m", bytes_from({1, 2})));
    const auto demands =
        *demands_of({.nonce = std::string(128, '0'), .manifest = (folder / "m").string(), .emulated = true});
    EXPECT_EQ(demands.manifest, bytes_from({1, 2}));
    EXPECT_TRUE(demands.accepts_emulated && !demands.allows_debug && !demands.root && !demands.image);
    EXPECT_GT(demands.now, 1'700'000'000);
    EXPECT_FALSE(demands.floor.rows.empty());
}

TEST(Root, must_be_an_ark) {
    EXPECT_EQ(sentence_of(parse_root({}, "r.pem")), "r.pem holds no certificate in PEM");
}

TEST(ExpectedImage, has_the_digest_and_policy_that_measure_says) {
    const auto file = measure::IgvmFile{}
                          .platform()
                          .policy(0x203'0137)
                          .page(0x1000, measure::counting_page())
                          .vmsa()
                          .bytes();
    const auto expected = *expected_image(file, "x.igvm");
    EXPECT_EQ(expected.digest, measure::measure_igvm(file, "x.igvm", {})->digest);
    EXPECT_EQ(expected.policy, 0x203'0137u);
    EXPECT_FALSE(expected.relies_on_page_swap_disable);
    EXPECT_NE(sentence_of(expected_image({}, "x.igvm")).find("x.igvm is not a usable IGVM image"),
              std::string::npos);
}

}  // namespace
}  // namespace tools::attestation
