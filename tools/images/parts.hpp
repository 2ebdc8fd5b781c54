// SPDX-License-Identifier: MIT
// The commands below `adyton image`, one file each.
#pragma once
#include <string>

#include "base/bytes.hpp"
#include "tools/cli/command.hpp"

namespace tools::images {

[[nodiscard]] cli::Command build_command();
[[nodiscard]] cli::Command inspect_command();
[[nodiscard]] cli::Command measure_command();
[[nodiscard]] cli::Command sign_command();

/// A SHA-384 behind its name, in two lines that fit a terminal.
[[nodiscard]] std::string digest_lines(std::string_view name, Bytes digest);

}  // namespace tools::images
