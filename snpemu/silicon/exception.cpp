// SPDX-License-Identifier: MIT
// The interrupt frame writer.
#include "snpemu/silicon/exception.hpp"

#include <array>

#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"

namespace snpemu {
namespace {

template <class T>
std::optional<T> read_object(const CpuState& cpu, const GuestMemory& memory, abi::Vmpl vmpl, std::uint64_t va,
                             unsigned c_bit) {
    T value{};
    if (!read_virtual(cpu, memory, vmpl, GuestVa{va}, std::as_writable_bytes(std::span{&value, 1}), c_bit))
        return std::nullopt;
    return value;
}

/// New stack pointer: IST entry, RSP0 on a change of privilege, else the current one.
/// [APM2 "Interrupt-Stack Table"]
std::optional<std::uint64_t> choose_stack(const CpuState& cpu, const GuestMemory& memory, abi::Vmpl vmpl,
                                          const abi::Gate& gate, unsigned c_bit) {
    const unsigned ist = gate.ist & 7u;
    if (ist != 0)
        return read_object<std::uint64_t>(
            cpu, memory, vmpl, cpu.save.tr.base + offsetof(abi::TaskState, ist) + 8 * (ist - 1), c_bit);
    if (cpu.save.cpl != 0)
        return read_object<std::uint64_t>(cpu, memory, vmpl, cpu.save.tr.base + offsetof(abi::TaskState, rsp),
                                          c_bit);
    return cpu.save.rsp;
}

struct Delivery {
    unsigned vector;
    std::optional<std::uint32_t> error_code;
    std::uint64_t pushed_flags;
};

std::expected<void, DeliveryError> deliver(const CpuState& cpu, const GuestMemory& memory, abi::Vmpl vmpl,
                                           const Delivery& what, unsigned c_bit) {
    if ((cpu.save.efer & abi::Efer::lma) == 0) return std::unexpected{DeliveryError::NotLongMode};
    const unsigned offset = what.vector * static_cast<unsigned>(sizeof(abi::Gate));
    if (cpu.save.idtr.limit < offset + sizeof(abi::Gate) - 1)
        return std::unexpected{DeliveryError::GateOutsideTable};
    const auto gate = read_object<abi::Gate>(cpu, memory, vmpl, cpu.save.idtr.base + offset, c_bit);
    if (!gate) return std::unexpected{DeliveryError::GateUnreadable};
    if ((gate->type & 0x80) == 0) return std::unexpected{DeliveryError::GateNotPresent};
    const auto stack = choose_stack(cpu, memory, vmpl, *gate, c_bit);
    if (!stack) return std::unexpected{DeliveryError::BadStack};

    // Lowest address first: [error code] RIP CS RFLAGS RSP SS
    std::array<std::uint64_t, 6> frame{what.error_code.value_or(0), cpu.save.rip, cpu.save.cs.selector,
                                       what.pushed_flags,           cpu.save.rsp, cpu.save.ss.selector};
    const auto pushed = what.error_code ? std::span{frame} : std::span{frame}.subspan(1);
    const std::uint64_t rsp = (*stack & ~std::uint64_t{15}) - pushed.size_bytes();
    if (!write_virtual(cpu, memory, vmpl, GuestVa{rsp}, std::as_bytes(pushed), c_bit))
        return std::unexpected{DeliveryError::BadStack};

    // From here on nothing can fail.
    if (cpu.save.cpl != 0) cpu.save.ss = {0, abi::SegmentAttributes::data, ~0u, 0};
    cpu.save.cs = {static_cast<std::uint16_t>(gate->selector & ~3u), abi::SegmentAttributes::code64, ~0u, 0};
    cpu.save.cpl = 0;
    cpu.save.rsp = rsp;
    cpu.save.rip =
        gate->offset_low | std::uint64_t{gate->offset_middle} << 16 | std::uint64_t{gate->offset_high} << 32;
    using abi::Rflags;
    const bool interrupt_gate = (gate->type & 0xf) == 0xe;
    cpu.save.rflags &= ~(Rflags::tf | Rflags::nt | Rflags::rf | (interrupt_gate ? Rflags::interrupt : 0));
    cpu.interrupt_shadow = 0;
    return {};
}

}  // namespace

std::expected<void, DeliveryError> deliver_exception(const CpuState& cpu, const GuestMemory& memory,
                                                     abi::Vmpl vmpl, abi::Vector vector,
                                                     std::optional<std::uint32_t> error_code,
                                                     unsigned c_bit) {
    // RF is pushed set for faults. [APM2 "RFLAGS.RF"]
    return deliver(cpu, memory, vmpl,
                   {static_cast<unsigned>(vector), error_code, cpu.save.rflags | abi::Rflags::rf}, c_bit);
}

std::expected<void, DeliveryError> deliver_external(const CpuState& cpu, const GuestMemory& memory,
                                                    abi::Vmpl vmpl, std::uint8_t vector, unsigned c_bit) {
    return deliver(cpu, memory, vmpl, {vector, std::nullopt, cpu.save.rflags}, c_bit);
}

}  // namespace snpemu
