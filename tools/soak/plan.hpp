// SPDX-License-Identifier: MIT
// Which runs a soak consists of: every QEMU in every mode with every number of vCPUs.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tools/run/options.hpp"

namespace tools::soak {

/// As typed; what is empty was not given. `qemu`, `mode` and `cpus` are lists with commas.
struct Request {
    std::string guest, runs, qemu, mode, cpus, vmpl, memory, timeout, append, release, keep;
};

enum class Mode {
    Auto,          ///< as `run` chooses
    Multi,         ///< a thread of QEMU for each CPU
    Single,        ///< one for all
    Deterministic  ///< one thread, one instruction is one tick; all runs must print the same
};
[[nodiscard]] std::string_view name_of(Mode mode);

/// One line of the table.
struct Cell {
    Mode mode;
    std::string qemu;  ///< as typed
    run::Options options;
};

struct Plan {
    unsigned runs = 0;  ///< of each cell
    std::vector<Cell> cells;
};
/// A problem for each way to mistype; nothing has been started then, and nothing looked for.
[[nodiscard]] Result<Plan> make_plan(const Request& request);

}  // namespace tools::soak
