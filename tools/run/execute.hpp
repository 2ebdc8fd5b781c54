// SPDX-License-Identifier: MIT
// A run for other commands: it prints nothing and returns everything.
#pragma once
#include "tools/qemu/session.hpp"
#include "tools/run/options.hpp"
#include "tools/verdict/outcome.hpp"

namespace tools::run {

struct Execution {
    qemu::SessionResult session;
    verdict::Outcome outcome;
    std::string diagnosis{};  ///< of a run that failed
};

/// A problem when the machine could not be started. A run that the user interrupted has no outcome.
[[nodiscard]] Result<Execution> attempt(const Options& options);

/// A problem when the machine could not be started, or the user interrupted it; else the outcome of the run.
[[nodiscard]] Result<Execution> execute(const Options& options);

}  // namespace tools::run
