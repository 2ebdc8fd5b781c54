// SPDX-License-Identifier: MIT
// The name under which a vCPU's records appear, and where they go: the ring of a trace, and the history that
// every run keeps.
#pragma once
#include <array>
#include <cstdint>

#include "abi/snp/rmp.hpp"
#include "snpemu/trace/ring.hpp"

namespace snpemu::trace {

/// One line of the history that a failed run prints.
struct Event {
    std::uint64_t time = 0;
    const char* what = nullptr;
    unsigned vmpl = 0;
    std::uint64_t a = 0, b = 0;
};

struct Recorded {
    unsigned id = 0;      ///< number of the vCPU
    abi::Vmpl current{};  ///< the VMPL that it runs, or is to run next
    Ring ring;            ///< off unless --trace
    std::array<Event, 32> history{};
    std::uint64_t history_next = 0;
};

/// Keeps the event for the dump; after `log_events` also logs it at once. Call it on the CPU that carries the vCPU.
void record(Recorded& who, const char* what, std::uint64_t a = 0, std::uint64_t b = 0);
/// From now on events are log lines too. Call it before the first vCPU runs.
void log_events();

}  // namespace snpemu::trace
