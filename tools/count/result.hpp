// SPDX-License-Identifier: MIT
// The counter's result, read from the lines that the plugin writes when QEMU ends:
//
//   session CPU INSTRUCTIONS WAITING STRING-STORES    in the order in which VMPL0 was entered
//   node ID PARENT FUNCTION SITE WAITING STRING-STORES     a function, seen below another; 0 is the boot, 1
//   the calls count NODE ADDRESS N                              how often the instruction was executed there
//   guest INSTRUCTIONS    outside the SVSM and the machine, since the SVSM began
//   all INSTRUCTIONS      of all programs, from QEMU's start to its end; only if that was wanted
//   end                   the last line
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::count {

/// VMPL0 from one entry to the next after a guest ran: the boot, then one for every call. `instructions` are
/// without the other two: loops that wait for another CPU, and steps of REP STOS (zeroing).
struct Session {
    unsigned cpu = 0;  ///< QEMU's number: that of the vCPU plus one
    std::uint64_t instructions = 0, waiting = 0, string_stores = 0;
};

struct Node {
    unsigned parent = 0;
    std::uint64_t function = 0;                    ///< where it begins
    std::uint64_t site = 0;                        ///< the instruction that led to it
    std::uint64_t waiting = 0, string_stores = 0;  ///< contained in its counts
};
inline constexpr unsigned boot_root = 0, call_root = 1;

struct Count {
    unsigned node = 0;
    std::uint64_t address = 0, times = 0;
};

struct Result {
    std::vector<Session> sessions;
    std::vector<Node> nodes;  ///< the two roots first; a parent stands before its children
    std::vector<Count> counts;
    std::uint64_t guest = 0;  ///< instructions of the guest, each step of REP one, restarted ones again
    std::uint64_t all = 0;    ///< of all programs, machine and firmware too; 0: not wanted
};

/// A problem when a line makes no sense or the end is missing: then QEMU was killed before it could write.
[[nodiscard]] tools::Result<Result> parse(std::string_view text);

}  // namespace tools::count
