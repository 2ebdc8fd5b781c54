// SPDX-License-Identifier: MIT
// The mode decides how an event is delivered; here it is long mode. [APM2 "Long-Mode Interrupt Control Transfers"]
#include "snpemu/silicon/exception.hpp"

#include <array>

#include "abi/x86/registers.hpp"
#include "base/result.hpp"
#include "snpemu/silicon/delivery.hpp"

namespace snpemu {
namespace {

constexpr std::uint8_t gate_present = 0x80, gate_type = 0x1f, interrupt_gate = 0xe, trap_gate = 0xf;

Delivered<abi::Gate> read_gate(const View& view, unsigned vector) {
    const unsigned offset = vector * static_cast<unsigned>(sizeof(abi::Gate));
    const std::uint32_t error = EventErrorCode::of_gate(vector);
    const abi::Segment& idt = view.cpu.save.idtr;
    if (idt.limit < offset + sizeof(abi::Gate) - 1)
        return delivery_fault(abi::Vector::GeneralProtection, error);
    const auto gate = TRY(read_object<abi::Gate>(view, idt.base + offset));
    const unsigned type = gate.type & gate_type;
    if (type != interrupt_gate && type != trap_gate)
        return delivery_fault(abi::Vector::GeneralProtection, error);
    if ((gate.type & gate_present) == 0) return delivery_fault(abi::Vector::SegmentNotPresent, error);
    return gate;
}

/// IST entry, the handler's own stack on a change of privilege, else the current one. [APM2 "Interrupt-Stack Table"]
Delivered<std::uint64_t> choose_stack(const View& view, const abi::Gate& gate, unsigned cpl) {
    const unsigned ist = gate.ist & 7u;
    const abi::VmcbSave& save = view.cpu.save;
    std::uint64_t stack = save.rsp;
    if (ist != 0)
        stack = TRY(
            read_object<std::uint64_t>(view, save.tr.base + offsetof(abi::TaskState, ist) + 8 * (ist - 1)));
    else if (cpl < save.cpl)
        stack = TRY(read_object<std::uint64_t>(view, save.tr.base + offsetof(abi::TaskState, rsp) + 8 * cpl));
    if (!is_canonical(stack)) return delivery_fault(abi::Vector::Stack, EventErrorCode::external);
    return stack & ~std::uint64_t{15};
}

void enter_handler(const View& view, const abi::Gate& gate, const SegmentDescriptor& code, unsigned cpl) {
    abi::VmcbSave& save = view.cpu.save;
    if (cpl < save.cpl) save.ss = {static_cast<std::uint16_t>(cpl), abi::SegmentAttributes::data, ~0u, 0};
    save.cs = code.segment;
    save.cs.selector = static_cast<std::uint16_t>((gate.selector & ~3u) | cpl);
    save.cpl = static_cast<std::uint8_t>(cpl);
    save.rip =
        gate.offset_low | std::uint64_t{gate.offset_middle} << 16 | std::uint64_t{gate.offset_high} << 32;
    save.rflags = handler_flags(view, (gate.type & gate_type) == interrupt_gate);
    view.cpu.interrupt_shadow = 0;
}

}  // namespace

Delivered<void> deliver_in_long_mode(const View& view, const Event& event) {
    const abi::Gate gate = TRY(read_gate(view, event.vector));
    const SegmentDescriptor code = TRY(read_handler_segment(view, gate.selector));
    if (!code.is_64_bit() || code.is_32_bit())
        return delivery_fault(abi::Vector::GeneralProtection, EventErrorCode::of_selector(gate.selector));
    const unsigned cpl = handler_cpl(view, code);
    const std::uint64_t stack = TRY(choose_stack(view, gate, cpl));
    const abi::VmcbSave& save = view.cpu.save;
    // Lowest address first: [error code] RIP CS RFLAGS RSP SS
    const std::array<std::uint64_t, 6> frame{event.error_code.value_or(0), save.rip, save.cs.selector,
                                             pushed_flags(view, event),    save.rsp, save.ss.selector};
    const auto pushed = event.error_code ? std::span{frame} : std::span{frame}.subspan(1);
    const std::uint64_t rsp = stack - pushed.size_bytes();
    TRY_VOID(write_bytes(view, rsp, std::as_bytes(pushed)));
    // From here on nothing can fail.
    enter_handler(view, gate, code, cpl);
    view.cpu.save.rsp = rsp;
    return {};
}

Delivered<void> deliver(const View& view, const Event& event) {
    if ((view.cpu.save.efer & abi::Efer::lma) != 0) return deliver_in_long_mode(view, event);
    if ((view.cpu.save.cr0 & abi::Cr0::pe) != 0) return deliver_in_protected_mode(view, event);
    return deliver_in_real_mode(view, event);
}

}  // namespace snpemu
