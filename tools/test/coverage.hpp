// SPDX-License-Identifier: MIT
// `adyton test --coverage`: which lines the unit tests reach, as a table and as pages to read.
#pragma once
#include "tools/support/problem.hpp"

namespace tools::test {

/// Runs the unit tests of a build that counts lines, prints a table by folder and judges it by
/// tests/coverage_limits.txt. The value is the program's exit code: 1 when a limit is missed or a test fails.
[[nodiscard]] Result<int> measure_coverage();

}  // namespace tools::test
