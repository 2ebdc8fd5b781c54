// SPDX-License-Identifier: MIT
// Which package has the shared library that a program lacks.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools::debian {

/// The libraries that ldd(1) did not find, each once: lines "NAME => not found".
[[nodiscard]] std::vector<std::string> missing_libraries(std::string_view ldd_output);

/// Whether ldd(1) says that a library of this system is older than what the program or one of its libraries was built
/// against: "version `GLIBC_2.38' not found".
[[nodiscard]] bool has_older_library(std::string_view ldd_output);

/// The one of `packages` that is named for `library`: libfdt.so.1 is in libfdt1, libpng16.so.16 in
/// libpng16-16 (or, with 64-bit time, libfdt1t64). Empty when none is.
/// [Debian Policy "Run-time shared libraries"]
[[nodiscard]] std::optional<std::string> package_of(std::string_view library,
                                                    const std::vector<std::string>& packages);

}  // namespace tools::debian
