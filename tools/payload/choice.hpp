// SPDX-License-Identifier: MIT
// Tells the conformance suite to run one of its checks alone (guest/conformance/suite.cpp).
#pragma once
#include <cstdint>
#include <string_view>

#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::payload {

/// Writes the number of a check, from 1, into the suite's program. A problem: `program` is no ELF file, or no suite; it is
/// unchanged then. `name` is how the sentence calls it.
[[nodiscard]] Result<void> choose_check(Buffer& program, std::uint32_t number, std::string_view name);

}  // namespace tools::payload
