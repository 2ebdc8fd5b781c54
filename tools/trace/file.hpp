// SPDX-License-Identifier: MIT
// A trace file in memory. The bytes may come from anywhere: what is cut off or damaged is read as far
// as it goes.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "abi/adyton/trace.hpp"
#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::trace {

using abi::adyton::trace::Kind;
using abi::adyton::trace::Record;

struct Event : Record {
    std::uint32_t cpu = 0;
};

struct Trace {
    std::uint32_t cpu_count = 0;
    std::uint64_t ticks_per_second = 0;
    bool ticks_are_instructions = false;
    std::vector<Event> events;         ///< of all vCPUs, by time; of one vCPU in the order it wrote them
    std::uint64_t begin = 0, end = 0;  ///< time of the first and last event
    std::vector<std::uint64_t> lost;   ///< per vCPU: records that newer ones overwrote
    std::map<std::string, std::uint64_t, std::less<>> counters;  ///< what the machine counted
    std::map<std::string, std::string, std::less<>> facts;
    std::vector<std::string> notes;  ///< what is missing or damaged, a sentence each

    [[nodiscard]] bool is_complete() const;
    /// Nanoseconds since the first event.
    [[nodiscard]] double ns(std::uint64_t time) const;
};

/// Fails only when `bytes` is no trace, or one of another version; `name` is for the sentence.
[[nodiscard]] Result<Trace> parse(Bytes bytes, const std::string& name);

}  // namespace tools::trace
