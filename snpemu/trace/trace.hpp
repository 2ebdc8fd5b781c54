// SPDX-License-Identifier: MIT
// The hooks: one call where something happens. Off, each costs a load and a branch.
#pragma once
#include <span>

#include "snpemu/host/machine.hpp"

namespace snpemu::trace {

/// What a kind adds to time, kind and level; docs/trace-format.md says which field means what.
struct Fields {
    std::uint16_t detail = 0;
    std::uint32_t value = 0;
    std::uint64_t a = 0, b = 0, c = 0;
};

/// Writes a record with a time of the past. Out of line: the common case is that nothing is recorded.
void append(Vcpu& vcpu, std::uint64_t time, Kind kind, const Fields& fields);

inline void note_at(Vcpu& vcpu, std::uint64_t time, Kind kind, const Fields& fields = {}) {
    if (vcpu.ring.is_on()) [[unlikely]]
        append(vcpu, time, kind, fields);
}
/// Call it on the CPU that carries `vcpu`.
inline void note(Vcpu& vcpu, Kind kind, const Fields& fields = {}) {
    if (vcpu.ring.is_on()) [[unlikely]]
        append(vcpu, cpu::timestamp(), kind, fields);
}

/// Bytes that the guest wrote to `port`, of which element i is bytes[i * stride].
void note_text(Vcpu& vcpu, std::uint16_t port, std::span<const std::uint8_t> bytes, std::size_t stride = 1);
/// The guest enters VMPL0 (`begin`) or gets its answer (`end`).
void note_call_begin(Vcpu& vcpu);
void note_call_end(Vcpu& vcpu, const abi::Vmsa& caller);

/// Carves the area out of the machine's own memory, gives every vCPU its ring and says where the area lies:
/// "@ trace ADDRESS BYTES" on the machine channel. The guest's nested tables never show that memory.
void start(Machine& machine, std::uint64_t bytes);

}  // namespace snpemu::trace
