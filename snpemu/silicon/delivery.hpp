// SPDX-License-Identifier: MIT
// What the delivery in protected mode and in long mode have in common: memory, descriptors, error codes.
#pragma once
#include <span>

#include "abi/x86/descriptor.hpp"
#include "snpemu/silicon/exception.hpp"

namespace snpemu {

/// Error codes of faults that an event met name what was wrong, and that software did not ask for it (EXT).
/// [APM2 "Selector-Error Code"]
struct EventErrorCode {
    static constexpr std::uint32_t external = 1, idt = 2;
    static constexpr std::uint32_t of_gate(unsigned vector) { return vector << 3 | idt | external; }
    static constexpr std::uint32_t of_selector(std::uint16_t selector) { return (selector & ~3u) | external; }
};

inline std::unexpected<DeliveryFault> delivery_fault(abi::Vector vector, std::uint32_t error_code) {
    return std::unexpected{DeliveryFault{vector, error_code}};
}

/// A table of the guest's at a linear address, read as the CPU itself does at CPL 0. #PF, #VC where the nested stage
/// refuses, #GP where the address is not canonical.
[[nodiscard]] Delivered<void> read_bytes(const View& view, std::uint64_t va, std::span<std::byte> to);
/// The same for a frame on the stack, where an address that is not canonical is #SS.
[[nodiscard]] Delivered<void> write_bytes(const View& view, std::uint64_t va,
                                          std::span<const std::byte> from);
template <class T>
Delivered<T> read_object(const View& view, std::uint64_t va) {
    T value{};
    if (auto ok = read_bytes(view, va, std::as_writable_bytes(std::span{&value, 1})); !ok)
        return std::unexpected{ok.error()};
    return value;
}

/// A code or data segment descriptor as the VMSA has it, with the questions that a delivery asks.
struct SegmentDescriptor {
    abi::Segment segment;
    [[nodiscard]] bool is_code() const { return (segment.attributes & 0x18) == 0x18; }
    [[nodiscard]] bool is_writable_data() const { return (segment.attributes & 0x1a) == 0x12; }
    [[nodiscard]] bool is_conforming() const { return is_code() && (segment.attributes & 4) != 0; }
    [[nodiscard]] bool is_present() const { return (segment.attributes & 0x80) != 0; }
    [[nodiscard]] bool is_64_bit() const { return (segment.attributes & 0x200) != 0; }
    [[nodiscard]] bool is_32_bit() const { return (segment.attributes & 0x400) != 0; }
    [[nodiscard]] unsigned dpl() const { return segment.attributes >> 5 & 3u; }
};
/// From the GDT, or the LDT where the selector says so. `wrong`: the exception for a selector that is null or outside.
[[nodiscard]] Delivered<SegmentDescriptor> read_descriptor(const View& view, std::uint16_t selector,
                                                           abi::Vector wrong);

/// The handler's code segment: #GP unless it is code of this privilege or more; #NP.
[[nodiscard]] Delivered<SegmentDescriptor> read_handler_segment(const View& view, std::uint16_t selector);
/// The privilege of the handler.
[[nodiscard]] inline unsigned handler_cpl(const View& view, const SegmentDescriptor& code) {
    return code.is_conforming() ? view.cpu.save.cpl : code.dpl();
}

/// RFLAGS as they are pushed, and as they are in the handler.
[[nodiscard]] std::uint64_t pushed_flags(const View& view, const Event& event);
[[nodiscard]] std::uint64_t handler_flags(const View& view, bool masks_interrupts);

}  // namespace snpemu
