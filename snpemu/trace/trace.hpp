// SPDX-License-Identifier: MIT
// The hooks: one call where something happens. Off, each costs a load and a branch.
#pragma once
#include <span>

#include "snpemu/trace/recorded.hpp"

namespace snpemu::trace {

/// What a kind adds to time, kind and level; docs/trace-format.md says which field means what.
struct Fields {
    std::uint16_t detail = 0;
    std::uint32_t value = 0;
    std::uint64_t a = 0, b = 0, c = 0;
};

/// Writes a record with a time of the past. Out of line: the common case is that nothing is recorded.
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
/// Carves the area out of the machine's own memory and says where it lies: "@ trace ADDRESS BYTES" on the
/// machine channel. The guest's nested tables never show that memory. Stops the machine when `bytes` is out
/// of bounds.
[[nodiscard]] std::byte* start(const Scope& scope);
/// The ring of vCPU `number`, empty, in the area that `start` returned.
[[nodiscard]] Ring make_ring(const Scope& scope, std::byte* area, unsigned number);

}  // namespace snpemu::trace
