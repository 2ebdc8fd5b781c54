// SPDX-License-Identifier: MIT
// `adyton bench`: what the SVSM costs, counted and never timed, and the limits that a change must keep.
#pragma once
#include <string>

namespace tools::bench {

/// As typed; what is empty was not given.
struct Request {
    std::string json, compare, svsm, plot, budget, qemu;
    bool quick = false, accept = false, ratios = false;
    bool linux_boot =
        false;  ///< measure a boot of Linux instead; only `json`, `compare` and `qemu` go with it
};

/// Measures, prints, writes; the value is the program's exit code: 1 when a limit was exceeded.
[[nodiscard]] int bench_command(const Request& request);

}  // namespace tools::bench
