// SPDX-License-Identifier: MIT
// What the machine itself costs, whatever runs on it: exits and instructions, which are exact, and ticks, which are
// not. For each event a program at VMPL0 (bench/machine) repeats it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/table.hpp"
#include "tools/support/install.hpp"

namespace tools::bench {

/// What a run of the program told: of `times` events.
struct MachineRun {
    std::uint64_t times = 0, exits = 0;  ///< of the CPU, from its start to its end
    std::uint64_t ticks = 0;             ///< for one event, in the quickest of ten rounds
};

struct MachineCost {
    std::string_view event;
    std::uint64_t exits_per_thousand = 0;
    std::uint64_t instructions = 0;  ///< for one event, the machine's own included
    std::uint64_t ticks = 0;         ///< of this computer's TSC, under its load of now
};

struct MachineCosts {
    std::vector<MachineCost> events;
    std::uint64_t measured_page = 0;  ///< instructions of the launch for 4 KiB of the image
};

/// "machine-bench: cpuid 320 257900" somewhere on the console. A problem: no such line, or another event's.
[[nodiscard]] Result<MachineRun> read_machine_run(std::string_view console, std::string_view event,
                                                  std::uint64_t exits);
/// What the second of two runs has more than the first, for a thousand events.
[[nodiscard]] std::uint64_t exits_per_thousand(const MachineRun& few, const MachineRun& many);

/// Three runs for each event, two for the launch. A problem names the event whose run failed.
[[nodiscard]] Result<MachineCosts> measure_machine(const Install& install, const std::string& qemu);

[[nodiscard]] Results to_results(const MachineCosts& costs);
[[nodiscard]] std::string machine_table(const MachineCosts& costs, const Results* before);

}  // namespace tools::bench
