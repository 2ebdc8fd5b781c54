// SPDX-License-Identifier: MIT
// What `adyton test` makes of ctest's output: lists, results, groups and their table.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tools/test/times.hpp"

namespace tools::test {
namespace {

std::vector<TestCase> tests_of(const std::string& json) {
    const auto tests = parse_list(json);
    EXPECT_TRUE(tests) << tests.error().sentence;
    return tests.value_or(std::vector<TestCase>{});
}

TEST(TestList, names_and_labels_are_those_of_ctest) {
    const auto tests = tests_of(R"({"kind": "ctestInfo", "tests": [
        {"name": "a", "properties": [{"name": "TIMEOUT", "value": 5}, {"name": "LABELS", "value": ["unit", "long"]}]},
        {"name": "b"}]})");
    ASSERT_EQ(tests.size(), 2u);
    EXPECT_EQ(tests[0].name, "a");
    EXPECT_TRUE(tests[0].has_label("unit"));
    EXPECT_TRUE(tests[0].has_label("long"));
    EXPECT_FALSE(tests[0].has_label("lon"));
    EXPECT_TRUE(tests[1].labels.empty());
}

TEST(TestList, what_stands_before_the_list_is_skipped) {
    EXPECT_EQ(tests_of("Running main() from main.cpp\n{\"tests\": [{\"name\": \"a\"}]}").size(), 1u);
}

TEST(TestList, something_else_than_a_list_is_a_problem) {
    for (const char* text : {"", "no JSON", "[]", "{}", R"({"tests": 3})", R"({"tests": [{}]})",
                             R"({"tests": [{"name": 7}]})", R"({"tests": [3]})"})
        EXPECT_FALSE(parse_list(text)) << text;
}

constexpr const char* results_xml = R"xml(<?xml version="1.0"?>
<testsuite name="(empty)" tests="6">
	<testcase name="a&lt;b&gt;&amp;&quot;c" classname="x" time="0.5" status="run">
		<system-out>&lt;testcase name=&quot;never ran&quot;</system-out>
	</testcase>
	<testcase name="red" classname="red" time="1.25" status="fail">
		<failure message=""/>
	</testcase>
	<testcase name="off" classname="off" time="0" status="disabled">
		<system-out>Disabled</system-out>
	</testcase>
	<testcase name="gone" classname="gone" time="0" status="notrun">
		<skipped message="Unable to find executable"/>
	</testcase>
	<testcase name="not-here" classname="not-here" time="0.1" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
	</testcase>
</testsuite>
)xml";

TEST(TestResults, each_has_its_name_its_seconds_and_its_outcome) {
    const auto results = parse_junit(results_xml);
    ASSERT_TRUE(results);
    ASSERT_EQ(results->size(), 5u);
    EXPECT_EQ((*results)[0].name, "a<b>&\"c");
    EXPECT_DOUBLE_EQ((*results)[1].seconds, 1.25);
    std::vector<Outcome> outcomes;
    for (const Timed& result : *results) outcomes.push_back(result.outcome);
    EXPECT_EQ(outcomes, (std::vector{Outcome::Passed, Outcome::Failed, Outcome::Skipped, Outcome::Failed,
                                     Outcome::Skipped}));
}

TEST(TestResults, a_test_without_time_or_status_is_a_problem) {
    EXPECT_FALSE(parse_junit(R"(<testcase name="a" status="run"></testcase>)"));
    EXPECT_FALSE(parse_junit(R"(<testcase name="a" time="1"></testcase>)"));
    EXPECT_FALSE(parse_junit(R"(<testcase name="a)"));
}

TEST(TestResults, no_test_at_all_is_a_problem) {
    EXPECT_FALSE(parse_junit(""));
    EXPECT_FALSE(parse_junit("<testsuite></testsuite>"));
}

const Groups two{{"machine.ends", "Ends."}, {"machine", "Machine."}, {"unit", "Unit."}};

TEST(TestGroups, lines_are_groups_and_comments_are_not) {
    const auto groups = parse_groups("# comment | none\n\nmachine.ends | Ends | twice.\n  unit|Unit.  \n");
    ASSERT_TRUE(groups);
    ASSERT_EQ(groups->size(), 2u);
    EXPECT_EQ((*groups)[0].key, "machine.ends");
    EXPECT_EQ((*groups)[0].proves, "Ends | twice.");
    EXPECT_EQ((*groups)[1].key, "unit");
    EXPECT_EQ((*groups)[1].proves, "Unit.");
}

TEST(TestGroups, a_group_without_a_sentence_is_a_problem) {
    EXPECT_FALSE(parse_groups("unit"));
    EXPECT_FALSE(parse_groups("unit |  "));
    EXPECT_FALSE(parse_groups(" | A sentence."));
}

TEST(TestGroups, a_group_that_comes_twice_is_a_problem) { EXPECT_FALSE(parse_groups("a | A.\na | B.\n")); }

TEST(TestGroups, the_first_that_has_its_label_or_the_beginning_of_its_name_takes_a_test) {
    EXPECT_EQ(group_of(two, {"machine.ends-panic", {"machine"}}), 0u);
    EXPECT_EQ(group_of(two, {"machine.demo", {"machine"}}), 1u);
    EXPECT_EQ(group_of(two, {"ladder.M1", {"linux", "machine"}}), 1u);
    EXPECT_EQ(group_of(two, {"Rmp.refuses", {"unit"}}), 2u);
    EXPECT_EQ(group_of(two, {"other", {}}), 3u);
}

TEST(TestGroups, a_test_without_a_group_is_named) {
    const auto sentences =
        disagreements(two, {{"machine.ends-a", {}}, {"machine.b", {}}, {"c", {"unit"}}, {"d", {}}});
    ASSERT_EQ(sentences.size(), 1u);
    EXPECT_EQ(sentences[0], "test d belongs to no group of tests/groups.txt");
}

TEST(TestGroups, a_group_without_a_test_is_named) {
    const auto sentences = disagreements(two, {{"machine.ends-a", {}}, {"c", {"unit"}}});
    ASSERT_EQ(sentences.size(), 1u);
    EXPECT_EQ(sentences[0], "group machine of tests/groups.txt has no test");
}

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream{text};
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

TEST(TestTimes, tests_that_were_skipped_are_counted_and_named) {
    EXPECT_EQ(skipped({{"a", 1, Outcome::Passed}, {"b", 1, Outcome::Failed}}), "");
    EXPECT_EQ(skipped({{"a", 0, Outcome::Skipped}, {"b", 1, Outcome::Passed}, {"c", 0, Outcome::Skipped}}),
              "2 tests were skipped, because what they need cannot be had here: a, c\n");
}

TEST(TestTimes, a_group_has_the_sum_of_its_tests_and_its_sentence) {
    const auto lines = lines_of(times_table(two, {{"a", {"unit"}}, {"b", {"unit"}}, {"machine.x", {}}},
                                            {{"a", 1.5, Outcome::Passed},
                                             {"b", 2.0, Outcome::Failed},
                                             {"machine.x", 10.0, Outcome::Passed},
                                             {"stray", 0.5, Outcome::Passed}}));
    ASSERT_GE(lines.size(), 5u);
    EXPECT_EQ(lines[0], "group                 tests seconds  what only it proves");
    EXPECT_EQ(lines[1], "machine                   1    10.0  Machine.");
    EXPECT_EQ(lines[2], "unit                      2     3.5  (1 FAILED) Unit.");
    EXPECT_TRUE(lines[3].starts_with("(no group)                1     0.5  Its sentence is missing"));
    EXPECT_TRUE(
        std::ranges::contains(lines, "all                       4    14.0  sum of the tests' own times"));
}

TEST(TestTimes, the_slowest_come_first_and_fifteen_are_enough) {
    std::vector<Timed> results;
    for (int i = 0; i < 20; ++i) results.push_back({"test" + std::to_string(i), 1.0 * i, Outcome::Passed});
    const auto lines = lines_of(times_table(two, {}, results));
    const auto heading = std::ranges::find(lines, "slowest tests               seconds");
    ASSERT_NE(heading, lines.end());
    EXPECT_EQ(lines.end() - heading, 16);
    EXPECT_TRUE(heading[1].ends_with("19.0  test19"));
    EXPECT_TRUE(heading[15].ends_with("5.0  test5"));
}

TEST(TestTimes, no_line_is_wider_than_eighty_columns) {
    std::string sentence;
    for (int i = 0; i < 40; ++i) sentence += "word ";
    const Groups groups{{"a", sentence}};
    const std::vector<TestCase> tests{{"a1", {"long"}}};
    for (const auto& table :
         {times_table(groups, tests, {{"a1", 99999.9, Outcome::Passed}}), groups_table(groups, tests)})
        for (const std::string& line : lines_of(table)) EXPECT_LE(line.size(), 80u) << line;
}

TEST(TestTimes, the_list_counts_what_takes_long) {
    const auto lines = lines_of(groups_table(two, {{"a", {"unit", "long"}}, {"b", {"unit"}}}));
    ASSERT_EQ(lines.size(), 4u);
    EXPECT_EQ(lines[3], "unit                      2     1  Unit.");
}

TEST(TestTimes, tests_that_failed_are_named_and_others_are_not) {
    EXPECT_EQ(failures({{"a", 1, Outcome::Passed}, {"s", 1, Outcome::Skipped}}), "");
    const auto text = failures({{"a", 1, Outcome::Passed}, {"red", 1, Outcome::Failed}});
    EXPECT_NE(text.find("\n  red\n"), std::string::npos);
    EXPECT_EQ(text.find("  a\n"), std::string::npos);
}

}  // namespace
}  // namespace tools::test
