// SPDX-License-Identifier: MIT
// Tables of a run of the tests, at most 80 columns.
#pragma once
#include <string>
#include <vector>

#include "tools/test/groups.hpp"

namespace tools::test {

/// {group, tests, seconds, what only it proves} for each group of which a test ran, in the order of
/// `groups`; then the slowest tests. Seconds are the sum over a group's tests, so that more than one test at
/// a time adds up to more than passes. A test that `tests` does not name, or that has no group, is counted
/// as "(no group)".
[[nodiscard]] std::string times_table(const Groups& groups, const std::vector<TestCase>& tests,
                                      const std::vector<Timed>& results);

/// {group, tests, of them long, what only it proves}, without a run.
[[nodiscard]] std::string groups_table(const Groups& groups, const std::vector<TestCase>& tests);

/// A line for each test that failed, and how to repeat one. Empty when none did.
[[nodiscard]] std::string failures(const std::vector<Timed>& results);

/// One line with the number and the names of the tests that were skipped. Empty when none was.
[[nodiscard]] std::string skipped(const std::vector<Timed>& results);

}  // namespace tools::test
