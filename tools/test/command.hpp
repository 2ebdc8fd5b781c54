// SPDX-License-Identifier: MIT
// `adyton test`: the tests of this build, through ctest.
#pragma once
#include "tools/cli/command.hpp"

namespace tools::test {

/// Runs the tests, or lists their groups. Its exit code: 0 all passed, 1 a test failed, 2 no test matches or
/// something that is needed is missing (with --list: a test without a group, a group without a test), 128 + n
/// interrupted by signal n.
[[nodiscard]] cli::Command command();

}  // namespace tools::test
