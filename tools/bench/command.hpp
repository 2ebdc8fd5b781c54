// SPDX-License-Identifier: MIT
// `adyton bench`: what the project promises to limit, counted and never timed.
#pragma once

namespace tools::bench {

/// Prints the table; the value is the program's exit code. A missed target is a failure.
[[nodiscard]] int bench_command(bool verbose);

}  // namespace tools::bench
