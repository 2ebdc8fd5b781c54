// SPDX-License-Identifier: MIT
// The table of attacks: how it is written, and what a report has to show.
#include "tools/report/floor.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tools/report/scene.hpp"
#include "tools/report/floor_term.hpp"

namespace tools::attestation {
namespace {

Report report_of(const Raw& raw) { return *parse(bytes_of_object(raw), "r"); }

Exclusion judged(std::string_view requirement, const Raw& raw) {
    const auto floor = parse_floor(formatted("date 2026-01-01\nx | all | note | {} | s", requirement), "f");
    if (!floor) ADD_FAILURE() << floor.error().sentence;
    return judge(floor->rows.at(0), report_of(raw));
}

std::string sentence_of(std::string_view text) {
    const auto floor = parse_floor(text, "f");
    return floor ? "accepted" : floor.error().sentence;
}

struct Row {
    const char* requirement;
    Exclusion expected;
};

TEST(Floor, reads_each_field_of_a_report) {
    constexpr auto yes = Exclusion::Excluded, no = Exclusion::NotExcluded;
    Raw raw = good_report(Product::Genoa, 5);
    raw.current_mit_vector = 0b1010;
    for (const auto& [requirement, expected] : {Row{"snp>=24", yes},
                                                Row{"snp>=25", no},
                                                Row{"microcode>=219", yes},
                                                Row{"microcode>=220", no},
                                                Row{"bootloader>=10", yes},
                                                Row{"bootloader>=11", no},
                                                Row{"tee>=0", yes},
                                                Row{"tee>=1", no},
                                                Row{"fmc>=1", no},
                                                Row{"firmware>=1.55.29", yes},
                                                Row{"firmware>=1.55.30", no},
                                                Row{"firmware>=1.56.0", no},
                                                Row{"firmware>=0.99.99", yes},
                                                Row{"fix:1", yes},
                                                Row{"fix:2", no},
                                                Row{"alias-check", yes},
                                                Row{"smt-off", no},
                                                Row{"ciphertext-hiding", no},
                                                Row{"no-page-swap", no},
                                                Row{"never", no}})
        EXPECT_EQ(judged(requirement, raw), expected) << requirement;
    EXPECT_EQ(judged("fmc>=1", good_report(Product::Turin, 5)), yes);
    EXPECT_EQ(judged("fmc>=2", good_report(Product::Turin, 5)), no);
}

TEST(Floor, joins_conditions) {
    const Raw raw = good_report(Product::Genoa, 3);
    EXPECT_EQ(judged("alias-check and snp>=24", raw), Exclusion::Excluded);
    EXPECT_EQ(judged("alias-check and snp>=25", raw), Exclusion::NotExcluded);
    EXPECT_EQ(judged("snp>=25 or alias-check and tee>=0", raw), Exclusion::Excluded);
    EXPECT_EQ(judged("snp>=25 or smt-off", raw), Exclusion::NotExcluded);
}

TEST(Floor, does_not_know_what_the_table_does_not_know) {
    const Raw raw = good_report(Product::Genoa, 3);
    EXPECT_EQ(judged("unknown", raw), Exclusion::Unknown);
    EXPECT_EQ(judged("unknown or alias-check", raw), Exclusion::Excluded);
    EXPECT_EQ(judged("unknown or smt-off", raw), Exclusion::Unknown);
    EXPECT_EQ(judged("unknown and smt-off", raw), Exclusion::NotExcluded);
}

TEST(Floor, counts_the_firmware_that_launched_the_guest) {
    Raw raw = good_report(Product::Genoa, 3);
    raw.launch_tcb.bytes[6] = 23;
    EXPECT_EQ(judged("snp>=24", raw), Exclusion::NotExcluded);
}

TEST(Floor, that_is_built_in_is_sound) {
    const auto floor = *parse_floor(built_in_floor(), "floor.txt");
    EXPECT_EQ(floor.date, "2026-11-28");
    EXPECT_GE(floor.rows.size(), 10u);
    for (const FloorRow& row : floor.rows) EXPECT_FALSE(row.source.empty()) << row.attack;
}

TEST(FloorRefuses, what_is_no_table_with_its_line) {
    EXPECT_EQ(sentence_of(""), "f: the table has no line like 'date 2026-11-28'");
    EXPECT_EQ(
        sentence_of("date 2026-1-1\n"),
        "f: line 1: 1 columns; a line has 5: attack | chips | demand or note | what it must show | source");
    EXPECT_EQ(sentence_of("# c\n\ndate 2026-01-01\nx | Rome | note | never | s"),
              "f: line 4: there is no chip 'Rome'; choose from: Milan, Genoa, Turin, all");
    EXPECT_EQ(sentence_of("date 2026-01-01\nx | all | must | never | s"),
              "f: line 2: 'must' is neither demand nor note");
    EXPECT_EQ(sentence_of("date 2026-01-01\n | all | note | never | s"), "f: line 2: the attack has no name");
    EXPECT_EQ(sentence_of("date 2026-01-01\nx | all | note | maybe | s"),
              "f: line 2: 'maybe' is no condition");
    EXPECT_EQ(sentence_of("date 2026-01-01\nx | all | note |  | s"), "f: line 2: '' is no condition");
    EXPECT_EQ(sentence_of("date 2026-01-01\nx | all | note | psp>=1 | s"),
              "f: line 2: there is no part 'psp' of a TCB");
    EXPECT_EQ(sentence_of("date 2026-01-01\nx | all | note | snp>=256 | s"),
              "f: line 2: '256' is no number from 0 to 255");
    EXPECT_EQ(sentence_of("date 2026-01-01\nx | all | note | fix:64 | s"),
              "f: line 2: '64' is no number from 0 to 63");
    EXPECT_EQ(sentence_of("date 2026-01-01\nx | all | note | firmware>=1.55 | s"),
              "f: line 2: 'firmware>=1.55' names no firmware like firmware>=1.55.22");
}

}  // namespace
}  // namespace tools::attestation
