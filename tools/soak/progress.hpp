// SPDX-License-Identifier: MIT
// What the runs of one cell have come to: its tally, and what a failed run leaves behind.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "tools/run/execute.hpp"
#include "tools/soak/plan.hpp"
#include "tools/soak/table.hpp"

namespace tools::soak {

struct Progress {
    Tally tally;
    /// Console of the first deterministic run: the others must equal it.
    std::optional<std::string> console{};
};

/// Adds a run that is over. One that failed leaves its diagnosis and its console in `folder`; a problem when they
/// cannot be written.
[[nodiscard]] Result<void> take(const Cell& cell, const run::Execution& done, Progress& progress,
                                const std::filesystem::path& folder);

/// The last run as a line: "  3/20  QEMU 7.2.1, multi, CPUs 4: ok, 5.1 s".
[[nodiscard]] std::string progress_line(const Tally& tally, unsigned runs, double seconds);

}  // namespace tools::soak
