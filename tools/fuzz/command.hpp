// SPDX-License-Identifier: MIT
// `adyton fuzz`: lets the fuzz targets of this build run for a while, and reports what they find.
#pragma once
#include <string>

namespace tools::fuzz {

struct Request {
    std::string target;          ///< empty: all, one after the other
    std::string seconds = "60";  ///< for each
    std::string corpus;          ///< a folder instead of our own; empty: our own
    bool list = false;
};

/// The value is the program's exit code: 1 when something was found, 128 + n when
/// interrupted by signal n.
[[nodiscard]] int fuzz_command(const Request& request);

}  // namespace tools::fuzz
