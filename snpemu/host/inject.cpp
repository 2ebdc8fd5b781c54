// SPDX-License-Identifier: MIT
// Events that a host injects into VMPL0 through EVENTINJ, as far as the VMSA allows it.
// [APM2 "Event Injection", "Restricted Injection"]
#include "snpemu/host/inject.hpp"

#include "snpemu/host/hypervisor.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu {

using silicon::ExitReason;

namespace {

using host::Field;

/// With restricted injection VMRUN refuses everything but #HV.
bool silicon_takes(Vcpu& vcpu, abi::Vector vector) {
    const bool takes = vector == abi::Vector::Hv || !vcpu.slot().restricts_injection();
    ++(takes ? vcpu.injected : vcpu.refused_injections);
    return takes;
}

/// A host that keeps to the rules waits until VMPL0 has handled the last event. The handler has a stack of
/// its own, or uses the interrupted one: while RSP is on that page it may still be at work.
bool is_last_one_handled(const Vcpu& vcpu) {
    return round_down(vcpu.vmcb->save.rsp, page_bytes) != vcpu.event_stack;
}

abi::Vector vector_of(Field field) {
    switch (field) {
        case Field::InvalidOpcode: return abi::Vector::InvalidOpcode;
        case Field::PageFault: return abi::Vector::PageFault;
        case Field::Vc: return abi::Vector::Vc;
        case Field::Hv: return abi::Vector::Hv;
        case Field::Nmi:
        default: return abi::Vector::Nmi;
    }
}

ExitReason storm(Machine& machine, Vcpu& vcpu, abi::Vector vector) {
    if (!is_last_one_handled(vcpu) || !silicon_takes(vcpu, vector)) return ExitReason::None;
    const ExitReason reason = deliver_interrupt(machine, vcpu, static_cast<std::uint8_t>(vector));
    vcpu.event_stack = round_down(vcpu.vmcb->save.rsp, page_bytes);
    return reason;
}

}  // namespace

std::optional<ExitReason> inject(Machine& machine, Vcpu& vcpu, const host::Lie& lie) {
    const abi::Vector vector = vector_of(lie.field);
    if (!silicon_takes(vcpu, vector)) return std::nullopt;
    // An invalid opcode has no error code. A page fault leaves CR2 unchanged: only the guest's own
    // CPU writes it.
    const bool has_code = vector != abi::Vector::InvalidOpcode;
    const auto code = has_code ? std::optional{static_cast<std::uint32_t>(lie.value)} : std::nullopt;
    return raise(machine, vcpu, vector, code);
}

ExitReason inject_at_vmpl0(Machine& machine, Vcpu& vcpu) {
    if (vcpu.svsm_calls == 0 || !machine.hooks.waits_for(host::Moment::ResumesVmpl0)) return ExitReason::None;
    const host::Due lies = lies_at(machine, vcpu, host::Moment::ResumesVmpl0);
    if (const auto* lie = lies.find(host::Act::Interrupt)) return storm(machine, vcpu, vector_of(lie->field));
    const auto* lie = lies.find(host::Act::Raise);
    if (lie == nullptr) return ExitReason::None;
    const auto reason = inject(machine, vcpu, *lie);
    // Once: the handler itself comes back through here.
    if (reason) machine.hooks.retire(host::Act::Raise);
    return reason.value_or(ExitReason::None);
}

}  // namespace snpemu
