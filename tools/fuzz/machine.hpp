// SPDX-License-Identifier: MIT
// Random programs in the real machine: `adyton fuzz machine`. Each has a seed, which repeats it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "tools/qemu/session.hpp"
#include "tools/support/install.hpp"
#include "tools/verdict/outcome.hpp"

namespace tools::fuzz {

inline constexpr std::string_view machine_target = "machine";

/// Which programs run: as many as fit into the time, or as many as there are, whichever comes first.
struct MachineSearch {
    std::uint64_t seed = 0;  ///< of the first program; the next one has the next seed
    std::uint64_t programs = ~0ull;
    unsigned seconds = 60;
};

/// The machine's fault, in words; empty when the program ended as a guest may: by its own report, or stopped by the
/// machine for what it did, or in a loop of its own, out of which the machine takes each vCPU when time is over.
[[nodiscard]] std::optional<std::string> machine_fault(const qemu::SessionResult& session,
                                                       const verdict::Outcome& outcome);

/// Runs programs until one shows a fault of the machine, the time is over or a signal comes, and prints what came of it.
/// The value is the exit code: 1 when something was found, 128 + n when interrupted by signal n. A problem: the
/// programs of the build are missing, no file can be written, or QEMU does not start.
[[nodiscard]] Result<int> search_machine(const Install& install, const MachineSearch& search);
/// Runs one program and shows each of its steps as it begins, and the end of the run.
[[nodiscard]] Result<int> repeat_machine(const Install& install, std::uint64_t seed);

}  // namespace tools::fuzz
