// SPDX-License-Identifier: MIT
#include "snpemu/host/memory_map.hpp"

#include "abi/igvm/format.hpp"

namespace snpemu {

using model::host::Field, model::host::Moment;

void put_memory_map(Machine& machine, Parameters& parameters, abi::igvm::Parameter at) {
    const auto& ranges = machine.ram.ranges;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        GpaRange range = ranges[i];
        // Firmware lies outside the map, like a PC's ROM.
        if (range == machine.firmware_window) continue;
        // One entry over the legacy hole, as in QEMU's own map.
        if (i == 0 && machine.properties.has(HostProperty::E820Hole)) range.end = ranges[++i].end;
        // The lie: the map says that memory behind this point of the SVSM's region does not exist.
        const model::host::Due lies = machine.hooks.due(
            {.moment = Moment::DescribesMemory, .address = range.begin.value(), .bytes = range.size()});
        const Gpa svsm = machine.required_memory.begin;
        if (!lies.empty()) range.end = svsm + lies.applied_to(Field::End, range.end - svsm);
        parameters.put(
            at, abi::igvm::MemoryMapEntry{range.begin.value() / page_bytes, range.size() / page_bytes,
                                          static_cast<std::uint16_t>(abi::igvm::MemoryType::Memory), 0, 0});
        at.byte_offset += sizeof(abi::igvm::MemoryMapEntry);
    }
    parameters.put(at, abi::igvm::MemoryMapEntry{});
}

}  // namespace snpemu
