// SPDX-License-Identifier: MIT
// ctest's reports about its tests: the list before a run, the results after it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::test {

/// The label of tests that run with --all only.
inline constexpr std::string_view long_label = "long";

/// A test as CMake defined it.
struct TestCase {
    std::string name;
    std::vector<std::string> labels;
    [[nodiscard]] bool has_label(std::string_view label) const;
};

/// Skipped: the test said so itself, or it is disabled. A test that could not be started has failed.
enum class Outcome { Passed, Failed, Skipped };

/// The result of a test.
struct Timed {
    std::string name;
    double seconds;  ///< its own, wall clock
    Outcome outcome;
};

/// The tests in the output of `ctest --show-only=json-v1`. A problem when it is something else.
[[nodiscard]] Result<std::vector<TestCase>> parse_list(std::string_view json);
/// The tests in the file of `ctest --output-junit`. A problem when one has no name, time or status, or
/// there is none.
[[nodiscard]] Result<std::vector<Timed>> parse_junit(std::string_view xml);

}  // namespace tools::test
