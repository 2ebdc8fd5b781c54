// SPDX-License-Identifier: MIT
// On how many threads QEMU executes the CPUs of a run.
#pragma once
#include <algorithm>
#include <filesystem>
#include <string_view>

#include "tools/run/options.hpp"

namespace tools::run {

/// "auto", which is empty, "single" or "multi".
[[nodiscard]] Result<std::optional<qemu::Threads>> parse_threads(std::string_view text);

/// True for a guest that overwrites code while other CPUs may execute it: a kernel that patches itself.
[[nodiscard]] bool patches_code_beside_others(const Options& options);

/// True when a computer with `host_cpus` has so many vCPUs to execute that those which wait, executing PAUSE, would keep
/// it from those which they wait for. On one thread each PAUSE passes the turn on. (docs/adr/0070)
[[nodiscard]] constexpr bool is_crowded(unsigned vcpus, unsigned host_cpus) {
    return vcpus > 8 * std::max(host_cpus, 1u);
}

/// What was asked for, else Multi unless the computer is crowded, or this QEMU, for this guest, is known to
/// execute code that is no more (docs/adr/0029). May ask the program for its version.
[[nodiscard]] qemu::Threads choose_threads(const Options& options, const std::filesystem::path& program);

}  // namespace tools::run
