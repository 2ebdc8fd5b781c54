// SPDX-License-Identifier: MIT
// Groups of tests, and what only each of them proves. tests/groups.txt is the only place of the sentences.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tools/test/report.hpp"

namespace tools::test {

struct Group {
    std::string key;     ///< a label, or the beginning of names
    std::string proves;  ///< a sentence
};
using Groups = std::vector<Group>;

/// Lines of "key | sentence"; '#' begins a comment. A problem when one has no key or no sentence, or a
/// key comes twice.
[[nodiscard]] Result<Groups> parse_groups(std::string_view text);

/// The first group that takes the test: its key is one of the test's labels, or its name begins with it.
/// groups.size() when none does.
[[nodiscard]] std::size_t group_of(const Groups& groups, const TestCase& test);

/// A sentence for every test without a group and every group without a test. Empty: the two agree.
[[nodiscard]] std::vector<std::string> disagreements(const Groups& groups,
                                                     const std::vector<TestCase>& tests);

}  // namespace tools::test
