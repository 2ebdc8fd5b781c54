// SPDX-License-Identifier: MIT
// `adyton test`: the tests of this build, through ctest.
#pragma once
#include <string>

namespace tools::test {

struct Request {
    std::string filter;     ///< ctest's -R; empty runs everything
    bool all = false;       ///< tests labelled `long` as well
    bool times = false;     ///< a table of groups and their seconds at the end
    bool list = false;      ///< no run: the groups, and whether each test has one
    bool coverage = false;  ///< the unit tests only, counting lines (coverage.hpp)
};

/// Runs the tests, or lists their groups. The value is the program's exit code: 0 all passed, 1 a test
/// failed, 2 no test matches or something that is needed is missing (with `list`: a test without a group, a
/// group without a test), 128 + n interrupted by signal n.
[[nodiscard]] int test_command(const Request& request);

}  // namespace tools::test
