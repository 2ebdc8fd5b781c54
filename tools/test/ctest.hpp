// SPDX-License-Identifier: MIT
// ctest as a program: the list of the tests, and a run of some of them.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/support/problem.hpp"
#include "tools/test/report.hpp"

namespace tools::test {

/// Which tests a run takes.
struct Choice {
    std::string filter;  ///< regular expression on the names; empty: every test
    bool all = false;    ///< tests labelled `long` as well
};

/// The tests of the build whose names match `filter`, long ones too. A problem when `build` has none, when the filter
/// is no regular expression, and when ctest cannot be started.
[[nodiscard]] Result<std::vector<TestCase>> list_tests(const std::filesystem::path& build,
                                                       const std::string& filter);

/// Runs them on the CPUs that we may use; ctest shows its progress itself and writes JUnit's XML to `results`. The
/// exit code of `adyton test`: 0, 1 when a test failed, 2 when ctest was used wrongly, 128 + n after signal n.
[[nodiscard]] Result<int> run_ctest(const Choice& choice, const std::filesystem::path& build,
                                    const std::filesystem::path& results);

}  // namespace tools::test
