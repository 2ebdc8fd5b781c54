// SPDX-License-Identifier: MIT
#include "tools/test/times.hpp"

#include <algorithm>
#include <map>

#include "tools/support/terminal.hpp"

namespace tools::test {
namespace {

constexpr std::size_t width = 79, slowest_shown = 15;
const Group no_group{"(no group)", "Its sentence is missing in tests/groups.txt."};

/// `beginning` holds the first columns, as wide as the heading's; the sentence is folded beside them.
std::string row(const std::string& beginning, const std::string& sentence) {
    return folded(sentence, beginning, std::string(beginning.size(), ' '), width);
}

struct Sum {
    unsigned tests = 0, failed = 0;
    double seconds = 0;
};

std::vector<Sum> sums_by_group(const Groups& groups, const std::vector<TestCase>& tests,
                               const std::vector<Timed>& results) {
    std::map<std::string, std::size_t> group;
    for (const TestCase& test : tests) group[test.name] = group_of(groups, test);
    std::vector<Sum> sums(groups.size() + 1);
    for (const Timed& result : results) {
        const auto known = group.find(result.name);
        Sum& sum = sums[known == group.end() ? groups.size() : known->second];
        ++sum.tests;
        sum.seconds += result.seconds;
        sum.failed += result.outcome == Outcome::Failed ? 1 : 0;
    }
    return sums;
}

std::string slowest_tests(std::vector<Timed> results) {
    std::ranges::stable_sort(results, std::ranges::greater{}, &Timed::seconds);
    results.resize(std::min(results.size(), slowest_shown));
    std::string text = "\nslowest tests               seconds\n";
    for (const Timed& result : results) text += formatted("{:>35.1f}  {}\n", result.seconds, result.name);
    return text;
}

}  // namespace

std::string times_table(const Groups& groups, const std::vector<TestCase>& tests,
                        const std::vector<Timed>& results) {
    std::string text =
        formatted("{:<22}{:>5}{:>8}  {}\n", "group", "tests", "seconds", "what only it proves");
    const auto sums = sums_by_group(groups, tests, results);
    double all = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (sums[i].tests == 0) continue;
        const Group& group = i < groups.size() ? groups[i] : no_group;
        const std::string failed = sums[i].failed == 0 ? "" : formatted("({} FAILED) ", sums[i].failed);
        text += row(formatted("{:<22}{:>5}{:>8.1f}  ", group.key, sums[i].tests, sums[i].seconds),
                    failed + group.proves);
        all += sums[i].seconds;
    }
    text += formatted("{:<22}{:>5}{:>8.1f}  sum of the tests' own times\n", "all", results.size(), all);
    return text + slowest_tests(results);
}

std::string groups_table(const Groups& groups, const std::vector<TestCase>& tests) {
    std::vector<std::pair<unsigned, unsigned>> counts(groups.size() + 1);
    for (const TestCase& test : tests) {
        auto& [all, slow] = counts[group_of(groups, test)];
        ++all;
        slow += test.has_label(long_label) ? 1 : 0;
    }
    std::string text = formatted("{:<22}{:>5}{:>6}  {}\n", "group", "tests", "long", "what only it proves");
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (i == groups.size() && counts[i].first == 0) continue;
        const Group& group = i < groups.size() ? groups[i] : no_group;
        text +=
            row(formatted("{:<22}{:>5}{:>6}  ", group.key, counts[i].first, counts[i].second), group.proves);
    }
    return text;
}

std::string failures(const std::vector<Timed>& results) {
    std::string text;
    for (const Timed& result : results)
        if (result.outcome == Outcome::Failed) text += "  " + result.name + "\n";
    return text.empty() ? text : "failed; ./adyton test --all '^NAME$' repeats one:\n" + text;
}

std::string skipped(const std::vector<Timed>& results) {
    std::string names;
    std::size_t count = 0;
    for (const Timed& result : results) {
        if (result.outcome != Outcome::Skipped) continue;
        names += (count++ == 0 ? "" : ", ") + result.name;
    }
    if (count == 0) return {};
    return formatted("{} tests were skipped, because what they need cannot be had here: {}\n", count, names);
}

}  // namespace tools::test
