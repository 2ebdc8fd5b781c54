// SPDX-License-Identifier: MIT
// The trace points: one call where an event happens. With the trace off, each costs a load and a branch.
#pragma once
#include <span>

#include "snpemu/trace/recorded.hpp"

namespace snpemu::trace {

/// The fields that a record has beside time, kind and level; docs/trace-format.md says what each means.
struct Fields {
    std::uint16_t detail = 0;
    std::uint32_t value = 0;
    std::uint64_t a = 0, b = 0, c = 0;
};

/// Writes a record with a time of the past. Out of line: the trace is off as a rule.
void append(Recorded& who, std::uint64_t time, Kind kind, const Fields& fields);

inline void note_at(Recorded& who, std::uint64_t time, Kind kind, const Fields& fields = {}) {
    if (who.ring.is_on()) [[unlikely]]
        append(who, time, kind, fields);
}
/// Call it on the CPU that carries the vCPU.
inline void note(Recorded& who, Kind kind, const Fields& fields = {}) {
    if (who.ring.is_on()) [[unlikely]]
        append(who, cpu::timestamp(), kind, fields);
}

/// Bytes that the guest wrote to `port`, of which element i is bytes[i * stride].
void note_text(Recorded& who, std::uint16_t port, std::span<const std::uint8_t> bytes,
               std::size_t stride = 1);

/// What a trace covers, and in which unit it counts.
struct Scope {
    std::uint64_t bytes;          ///< of the area, records and headers
    unsigned cpu_count;           ///< vCPUs, of which each gets a ring
    bool ticks_are_instructions;  ///< the TSC counts instructions (-icount)
};
/// Allocates the area from the machine's own memory and prints its place: "@ trace ADDRESS BYTES" on the
/// machine channel. The guest's nested tables never map that memory. Stops the machine when `bytes` is
/// out of bounds.
[[nodiscard]] std::byte* start(const Scope& scope);
/// The ring of vCPU `number`, empty, in the area that `start` returned.
[[nodiscard]] Ring make_ring(const Scope& scope, std::byte* area, unsigned number);

}  // namespace snpemu::trace
