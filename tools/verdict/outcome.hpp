// SPDX-License-Identifier: MIT
// From what the machine said to what the user is told. Pure: everything here is tested without a machine.
#pragma once
#include <optional>
#include <string>

#include "abi/adyton/boot_block.hpp"
#include "tools/elf/symbolizer.hpp"
#include "tools/qemu/session.hpp"

namespace tools::verdict {

/// What ran, in the words of the summary.
struct Subject {
    std::string name;
    unsigned cpus;
    std::optional<unsigned> vmpl;
    std::string qemu_cpu;
    double timeout_seconds;
    bool deterministic;
    abi::adyton::GuestKind kind = abi::adyton::GuestKind::Elf;  ///< says whose its termination codes are
    double seconds_after_input = 0;
    std::string qemu{};  ///< version and place of QEMU, for the diagnosis; may be empty
    [[nodiscard]] bool is_linux() const { return kind == abi::adyton::GuestKind::Linux; }
};

struct Outcome {
    ExitCode code;
    std::string sentence;  ///< "demo ran on 4 vCPUs at VMPL1", "a triple fault on CPU 2 at VMPL1"
    bool is_our_problem;   ///< no machine came to be: an error message, neither summary nor diagnosis
};

[[nodiscard]] Outcome decide(const qemu::SessionResult& result, const Subject& subject);

/// The line that ends a run: "adyton: success - demo ran on ...".
[[nodiscard]] std::string summary_line(const Outcome& outcome, const qemu::SessionResult& result,
                                       const Subject& subject);

/// What a failed run leaves to look at: verdict, place with symbol, what a Linux meant by its termination
/// request, last events, vCPU states, QEMU's own words.
[[nodiscard]] std::string diagnosis(const qemu::SessionResult& result, const Subject& subject,
                                    const elf::Symbolizer& symbols);

/// What the machine wants the user to know while it runs, as a line for stderr.
[[nodiscard]] std::string note_line(const qemu::Fields& note);

}  // namespace tools::verdict
