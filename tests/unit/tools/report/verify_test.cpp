// SPDX-License-Identifier: MIT
// The verdict: what it says, and what it does not hide.
#include "tools/report/verify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/tools/report/scene.hpp"
#include "tools/report/roots.hpp"

namespace tools::attestation {
namespace {

Outcome outcome_of(const Verdict& verdict, std::string_view what) {
    const auto line = std::ranges::find(verdict.lines, what, &Line::what);
    return line == verdict.lines.end() ? Outcome::NotAsked : line->finding.outcome;
}

TEST(Verdict, stands_in_the_last_line_behind_the_mark_of_an_emulated_chip) {
    const std::string text = text_of(Scene{}.verdict());
    const auto emulated = text.find("\nEMULATED: "),
               verdict = text.find("\nverdict: yes, the report is what it says");
    ASSERT_TRUE(emulated != std::string::npos && verdict != std::string::npos) << text;
    EXPECT_LT(emulated, verdict);
    EXPECT_NE(text.find("\nok  VMPL: 0, where the SVSM is\n"), std::string::npos) << text;
}

TEST(Verdict, says_how_many_checks_failed) {
    Scene scene;
    scene.raw.vmpl = 1;
    scene.demands.nonce->front() = std::byte{};
    const Verdict verdict = scene.verdict();
    EXPECT_NE(text_of(verdict).find(formatted("verdict: NO: 2 of {} checks failed\n", verdict.lines.size())),
              std::string::npos);
    EXPECT_NE(text_of(verdict).find("\nNO  VMPL: 1: not the SVSM speaks"), std::string::npos);
}

TEST(Verdict, names_what_was_not_looked_at) {
    Scene scene;
    scene.demands.image.reset();
    scene.demands.nonce.reset();
    const std::string text = text_of(scene.verdict());
    std::string line = text.substr(text.find("\nverdict: "));
    for (std::size_t at = 0; (at = line.find("\n  ", at)) != std::string::npos;) line.replace(at, 3, " ");
    EXPECT_NE(line.find("not looked at: measurement, policy, page moves, report data"), std::string::npos)
        << text;
    EXPECT_NE(text.find("\n--  report data: not compared, so the report may be old"), std::string::npos);
}

TEST(Verdict, names_attacks_that_the_report_does_not_exclude) {
    const std::string text = text_of(Scene{Product::Milan}.verdict());
    EXPECT_NE(text.find("\n!!  attack MilanLaunchy and BadFuse: not excluded"), std::string::npos) << text;
    EXPECT_NE(text.find("attacks that it does not"), std::string::npos) << text;
}

TEST(Verdict, has_rows_of_the_floor_for_its_chip_only) {
    EXPECT_EQ(text_of(Scene{Product::Genoa}.verdict()).find("MilanLaunchy"), std::string::npos);
    EXPECT_EQ(text_of(Scene{Product::Turin}.verdict()).find("EntrySign"), std::string::npos);
    EXPECT_NE(text_of(Scene{Product::Milan, 2}.verdict()).find("MilanLaunchy"), std::string::npos);
}

TEST(Verdict, fits_a_terminal) {
    Scene scene;
    scene.demands.image->name = "a-name-of-an-image-that-is-long-but-not-longer-than-a-line.igvm";
    scene.raw.measurement[0] = 0;
    std::istringstream lines{text_of(scene.verdict())};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

TEST(Verdict, is_one_object_of_json) {
    const auto json = nlohmann::json::parse(json_of(Scene{}.verdict()));
    EXPECT_EQ(json["verdict"], true);
    EXPECT_EQ(json["emulated"], true);
    EXPECT_EQ(json["checks"][0]["what"], "format");
    EXPECT_EQ(json["checks"][0]["outcome"], "holds");
}

TEST(Verdict, holds_whatever_was_allowed_by_name) {
    Scene scene;
    scene.raw.policy |= 1u << 19;
    scene.demands.image->policy = scene.raw.policy;
    scene.raw.current_firmware.build += 1;
    scene.demands.allows_debug = scene.demands.allows_provisional = true;
    const Verdict verdict = scene.verdict();
    EXPECT_EQ(failed_checks(verdict), "");
    EXPECT_EQ(outcome_of(verdict, "debugging"), Outcome::NotAsked);
    EXPECT_EQ(outcome_of(verdict, "committed"), Outcome::NotAsked);
}

TEST(Roots, of_an_emulated_chip_are_taken_on_demand_only) {
    Scene scene;
    scene.demands.root.reset();
    EXPECT_EQ(failed_checks(scene.verdict()), "root");
    scene.demands.accepts_emulated = true;
    EXPECT_EQ(failed_checks(scene.verdict()), "");
}

TEST(Roots, given_by_hand_may_be_the_only_copy) {
    Scene scene;
    scene.handed_over = [](Certificates& all) { all.by_role[static_cast<std::size_t>(Role::Ark)].reset(); };
    EXPECT_EQ(failed_checks(scene.verdict()), "");
}

TEST(Roots, without_the_mark_are_nobodys_unless_named) {
    Scene scene;
    for (CertificateSpec* spec : {&scene.ark, &scene.ask, &scene.key}) {
        spec->subject.pop_back();
        spec->issuer.pop_back();
    }
    scene.demands.root = *crypto::Certificate::from_der(make_certificate(scene.ark), "root.pem");
    EXPECT_EQ(failed_checks(scene.verdict()), "");
    EXPECT_FALSE(scene.verdict().is_emulated);
    scene.demands.root.reset();
    scene.demands.accepts_emulated = true;
    EXPECT_EQ(failed_checks(scene.verdict()), "root");
}

}  // namespace
}  // namespace tools::attestation
