// SPDX-License-Identifier: MIT
// Descriptor tables of long mode. [APM2 "Long-Mode Segment Descriptors"]
#pragma once
#include <cstddef>
#include <cstdint>

namespace abi {

struct [[gnu::packed]] DescriptorTablePointer {
    std::uint16_t limit;
    std::uint64_t base;
};
static_assert(sizeof(DescriptorTablePointer) == 10);

/// Interrupt or trap gate.
struct Gate {
    std::uint16_t offset_low, selector;
    std::uint8_t ist, type;  ///< type: P, DPL, 0xE interrupt gate or 0xF trap gate
    std::uint16_t offset_middle;
    std::uint32_t offset_high, reserved;
};
static_assert(sizeof(Gate) == 16);

constexpr Gate interrupt_gate(std::uint64_t handler, std::uint16_t selector, std::uint8_t ist) {
    return {static_cast<std::uint16_t>(handler),
            selector,
            ist,
            0x8e,
            static_cast<std::uint16_t>(handler >> 16),
            static_cast<std::uint32_t>(handler >> 32),
            0};
}

struct [[gnu::packed]] TaskState {
    std::uint32_t reserved_00;
    std::uint64_t rsp[3];
    std::uint64_t reserved_1c;
    std::uint64_t ist[7];  ///< ist[0] is IST1
    std::uint64_t reserved_5c;
    std::uint16_t reserved_64, io_map_base;
};
static_assert(sizeof(TaskState) == 0x68 && offsetof(TaskState, ist) == 0x24);

struct DescriptorValue {
    static constexpr std::uint64_t code64 = 0x00af'9b00'0000'ffff, data = 0x00cf'9300'0000'ffff;
};
/// Attributes in VMSA form (Segment::attributes).
struct SegmentAttributes {
    static constexpr std::uint16_t code64 = 0xa9b, data = 0xc93, tss_busy = 0x8b, tss_available = 0x89,
                                   ldt = 0x82;
};

}  // namespace abi
