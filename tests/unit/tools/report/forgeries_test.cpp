// SPDX-License-Identifier: MIT
// Reports that are good, and forgeries: each is refused by the check it was made for, and by no other one.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/tools/report/forgeries.hpp"
#include "tests/unit/tools/report/scene.hpp"
#include "tools/report/demands.hpp"
#include "tools/report/nonce.hpp"

namespace tools::attestation {
namespace {

TEST(GoodReports, of_each_chip_and_version_are_believed) {
    for (const Product product : {Product::Milan, Product::Genoa, Product::Turin})
        for (const std::uint32_t version : {2u, 3u, 4u, 5u}) {
            const Verdict verdict = Scene{product, version}.verdict();
            EXPECT_EQ(failed_checks(verdict), "") << name_of(product) << " " << version << text_of(verdict);
            EXPECT_TRUE(verdict.is_good && verdict.is_emulated);
        }
}

TEST(GoodReports, with_an_id_block_are_believed) {
    for (const Product product : {Product::Milan, Product::Genoa}) {
        Scene scene{product, 3};
        std::ranges::fill(scene.raw.id_key_digest, std::uint8_t{7});
        scene.raw.guest_svn = 3;
        scene.raw.image_id[0] = 9;
        EXPECT_EQ(failed_checks(scene.verdict()), "");
        std::ranges::fill(scene.raw.author_key_digest, std::uint8_t{8});
        scene.raw.flags = 1;
        EXPECT_EQ(failed_checks(scene.verdict()), "");
    }
}

TEST(GoodReports, signed_by_a_providers_key_are_believed_and_name_no_chip) {
    Scene scene;
    scene.ask = asvk_spec(scene.product);
    scene.key = vlek_spec(scene.product, good_tcb(scene.product));
    scene.raw.flags = static_cast<std::uint32_t>(abi::ReportFlags::SigningKey::put(1));
    const Verdict verdict = scene.verdict();
    EXPECT_EQ(failed_checks(verdict), "") << text_of(verdict);
    const auto chip = std::ranges::find(verdict.lines, "chip", &Line::what);
    EXPECT_EQ(chip->finding.outcome, Outcome::NotAsked);
}

TEST(GoodReports, answer_a_nonce_with_a_manifest) {
    Scene scene;
    scene.demands.manifest = bytes_from({1, 2, 3});
    Buffer both = *scene.demands.nonce;
    both.insert(both.end(), scene.demands.manifest->begin(), scene.demands.manifest->end());
    const auto hash = crypto::sha512(both);
    std::memcpy(scene.raw.report_data, hash.data(), hash.size());
    EXPECT_EQ(failed_checks(scene.verdict()), "");
}

/// The vector of the sheet on SVSM's attestation: nonce 00 to 3F, and a services manifest of 170 bytes.
TEST(GoodReports, hash_nonce_and_manifest_as_the_svsm_does) {
    Scene scene;
    scene.demands.nonce->clear();
    for (unsigned i = 0; i < 64; ++i) scene.demands.nonce->push_back(static_cast<std::byte>(i));
    scene.demands.manifest = bytes_from(
        {0xbb, 0x9e, 0x84, 0x63, 0x92, 0x3d, 0x70, 0x46, 0xa1, 0xff, 0x58, 0xf9, 0xc9, 0x4b, 0x87, 0xbb,
         0xaa, 0,    0,    0,    1,    0,    0,    0,    0xeb, 0xf1, 0x76, 0xc4, 0x23, 0x01, 0xa5, 0x45,
         0x96, 0x41, 0xb4, 0xe7, 0xdd, 0xe5, 0xbf, 0xe3, 0x30, 0,    0,    0,    0x7a, 0,    0,    0});
    for (unsigned i = 0; i <= 0x79; ++i) scene.demands.manifest->push_back(static_cast<std::byte>(i));
    const auto expected = *parse_nonce(
        "7404f36b0090a2f9d153af1992a0b4bdc9ae5098853821e4eafb749bcae6f30c"
        "dd2071306df270411a187f4ce6062ebf7eb60e7095635daaa2e9f6f65b0f54c2");
    std::ranges::transform(expected, scene.raw.report_data,
                           [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    EXPECT_EQ(failed_checks(scene.verdict()), "");
}

TEST(Forgeries, are_refused_for_their_reason_and_no_other) {
    for (const Forgery& forgery : forgeries()) {
        Scene scene{forgery.product, forgery.version};
        forgery.forge(scene);
        const Verdict verdict = scene.verdict();
        EXPECT_FALSE(verdict.is_good) << forgery.name;
        EXPECT_EQ(failed_checks(verdict), forgery.failed) << forgery.name << "\n" << text_of(verdict);
        EXPECT_NE(first_reason(verdict).find(forgery.reason), std::string::npos)
            << forgery.name << ": " << first_reason(verdict);
    }
}

/// A check that could be left out would be found here: each is the only one that refuses some forgery.
TEST(Forgeries, need_each_of_the_checks) {
    std::set<std::string> needed;
    for (const Forgery& forgery : forgeries()) needed.insert(std::string{forgery.failed});
    EXPECT_TRUE(needed.contains("format"));
    for (const auto checks : {root_checks(), chain_checks(), key_checks(), report_checks(), demand_checks()})
        for (const Check& check : checks)
            EXPECT_TRUE(needed.contains(std::string{check.what}))
                << "no forgery needs the check of " << check.what;
    for (const FloorRow& row : parse_floor(built_in_floor(), "floor.txt")->rows)
        EXPECT_EQ(needed.contains("attack " + row.attack), row.is_demand) << row.attack;
}

TEST(Forgeries, have_names_of_their_own) {
    std::set<std::string_view> names;
    for (const Forgery& forgery : forgeries()) EXPECT_TRUE(names.insert(forgery.name).second) << forgery.name;
    EXPECT_GE(names.size(), 30u);
}

}  // namespace
}  // namespace tools::attestation
