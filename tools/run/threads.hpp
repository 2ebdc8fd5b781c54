// SPDX-License-Identifier: MIT
// On how many threads QEMU executes the CPUs of a run.
#pragma once
#include <filesystem>
#include <string_view>

#include "tools/run/options.hpp"

namespace tools::run {

/// "auto", which is empty, "single" or "multi".
[[nodiscard]] Result<std::optional<qemu::Threads>> parse_threads(std::string_view text);

/// True for a guest that overwrites code while other CPUs may execute it: a kernel that patches itself.
[[nodiscard]] bool patches_code_beside_others(const Options& options);

/// What was asked for, else Multi unless this QEMU, for this guest, is known to execute code that is no more
/// (docs/adr/0029). May ask the program for its version.
[[nodiscard]] qemu::Threads choose_threads(const Options& options, const std::filesystem::path& program);

}  // namespace tools::run
