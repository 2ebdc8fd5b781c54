// SPDX-License-Identifier: MIT
// `adyton test`: every test of this build, through ctest.
#pragma once
#include <string>

namespace tools::test {

/// `filter` is ctest's -R; empty runs everything. The value is the program's exit code.
[[nodiscard]] int test_command(const std::string& filter);

}  // namespace tools::test
