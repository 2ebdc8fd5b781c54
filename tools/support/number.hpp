// SPDX-License-Identifier: MIT
// Numbers as people type them, with a sentence for each way to get them wrong.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "tools/support/problem.hpp"

namespace tools {

/// A decimal number between `low` and `high`; `option` names it in the sentence.
[[nodiscard]] Result<unsigned> parse_number(std::string_view option, std::string_view text, unsigned low,
                                            unsigned high);
/// "0x" and hexadecimal digits; empty when it is nothing of the kind.
[[nodiscard]] std::optional<std::uint64_t> parse_address(std::string_view text);
/// Bytes: a whole number with K, M or G; a plain number means MiB, as QEMU's -m does. Overflow is a problem.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view option, std::string_view text);
/// A positive number of seconds, decimals allowed, at most a week.
[[nodiscard]] Result<double> parse_seconds(std::string_view option, std::string_view text);

}  // namespace tools
