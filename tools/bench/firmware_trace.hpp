// SPDX-License-Identifier: MIT
// What the machine recorded of a boot with firmware: exits of the emulated CPU as far as each of two marks, and what
// each call cost at VMPL0.
#pragma once
#include <string_view>
#include <vector>

#include "tools/bench/call_cost.hpp"
#include "tools/trace/file.hpp"

namespace tools::bench {

/// From the launch to a mark.
struct Stretch {
    std::uint64_t start_exits = 0;  ///< of VMPL0 before a guest ran
    std::uint64_t vmpl0_exits = 0;  ///< of VMPL0 later
    std::uint64_t guest_exits = 0;
    std::uint64_t nested_faults = 0, world_switches = 0, calls = 0;
    [[nodiscard]] std::uint64_t exits() const { return start_exits + vmpl0_exits + guest_exits; }
};

struct FirmwareTrace {
    Stretch to_manager;  ///< to the first character that firmware writes: its boot manager has a console
    Stretch to_init;
    std::vector<PvalidateCall> validations;  ///< calls that validated pages and rescinded none
    std::uint64_t other_calls = 0, other_instructions = 0;  ///< of all other calls
};

/// A problem when a mark is missing, or records are. `init_mark` is the text that ends the boot.
[[nodiscard]] Result<FirmwareTrace> read_boot(const trace::Trace& trace, std::string_view init_mark);

}  // namespace tools::bench
