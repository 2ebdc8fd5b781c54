// SPDX-License-Identifier: MIT
// A run for other commands: nothing is said to the user, everything is handed back.
#pragma once
#include "tools/run/outcome.hpp"
#include "tools/run/session.hpp"

namespace tools::run {

struct Execution {
    SessionResult session;
    Outcome outcome;
};

/// A problem when the machine could not be started, or the user interrupted it; else the outcome says it all.
[[nodiscard]] Result<Execution> execute(const Options& options);

}  // namespace tools::run
