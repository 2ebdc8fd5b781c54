// SPDX-License-Identifier: MIT
// From what the machine said to what the user is told. Pure: everything here is tested without a machine.
#pragma once
#include <optional>
#include <string>

#include "tools/run/options.hpp"
#include "tools/qemu/session.hpp"
#include "tools/elf/symbolizer.hpp"

namespace tools::run {

/// What ran, in the words of the summary.
struct Subject {
    std::string name;
    unsigned cpus;
    std::optional<unsigned> vmpl;
    std::string qemu_cpu;
    double timeout_seconds;
    bool deterministic;
    bool is_linux = false;  ///< its termination codes are Linux's
    double seconds_after_input = 0;
};

struct Outcome {
    ExitCode code;
    std::string sentence;  ///< "demo ran on 4 vCPUs at VMPL1", "a triple fault on CPU 2 at VMPL1"
    bool is_our_problem;   ///< no machine came to be: an error message, neither summary nor diagnosis
};

[[nodiscard]] Outcome decide(const SessionResult& result, const Subject& subject);

/// The line that ends a run: "adyton: success - demo ran on ...".
[[nodiscard]] std::string summary_line(const Outcome& outcome, const SessionResult& result,
                                       const Subject& subject);

/// What a failed run leaves to look at: verdict, place with symbol, what a Linux meant by its termination
/// request, last events, vCPU states, QEMU's own words.
[[nodiscard]] std::string diagnosis(const SessionResult& result, const Subject& subject,
                                    const Symbolizer& symbols);

/// What the machine wants the user to know while it runs, as a line for stderr.
[[nodiscard]] std::string note_line(const Fields& note);

}  // namespace tools::run
