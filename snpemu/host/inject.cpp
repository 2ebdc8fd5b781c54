// SPDX-License-Identifier: MIT
// Events that a host puts into VMPL0 by the EVENTINJ field, as far as the VMSA lets it. [APM2 "Event
// Injection", "Restricted Injection"]
#include "snpemu/host/inject.hpp"

#include "snpemu/silicon/silicon.hpp"

namespace snpemu {
namespace {

using silicon::ExitReason;

/// With restricted injection VMRUN refuses everything but #HV.
bool silicon_takes(Vcpu& vcpu, abi::Vector vector) {
    const bool takes = vector == abi::Vector::Hv || !vcpu.slot().restricts_injection();
    ++(takes ? vcpu.injected : vcpu.refused_injections);
    return takes;
}

/// A host that keeps to the rules waits until the last one was handled. The handler has a stack for itself,
/// or uses the one that was interrupted: while RSP is on that page it may still be at work.
bool is_last_one_handled(const Vcpu& vcpu) {
    return round_down(vcpu.vmcb->save.rsp, page_bytes) != vcpu.event_stack;
}

ExitReason storm(Machine& machine, Vcpu& vcpu, abi::Vector vector) {
    if (!is_last_one_handled(vcpu) || !silicon_takes(vcpu, vector)) return ExitReason::None;
    const ExitReason reason = deliver_interrupt(machine, vcpu, static_cast<std::uint8_t>(vector));
    vcpu.event_stack = round_down(vcpu.vmcb->save.rsp, page_bytes);
    return reason;
}

}  // namespace

silicon::ExitReason inject_at_vmpl0(Machine& machine, Vcpu& vcpu) {
    if (vcpu.svsm_calls == 0) return ExitReason::None;
    switch (machine.adversary) {
        case Adversary::NmiAtVmpl0: return storm(machine, vcpu, abi::Vector::Nmi);
        case Adversary::HvAtVmpl0: return storm(machine, vcpu, abi::Vector::Hv);
        case Adversary::InjectsException:
            if (!silicon_takes(vcpu, abi::Vector::InvalidOpcode)) return ExitReason::None;
            machine.adversary = Adversary::None;  // once: the handler itself comes back through here
            return raise(machine, vcpu, abi::Vector::InvalidOpcode, std::nullopt);
        default: return ExitReason::None;
    }
}

std::optional<silicon::ExitReason> inject_at_pvalidate(Machine& machine, Vcpu& vcpu, Gpa page) {
    const bool is_guests = !machine.required_memory.contains(page);
    if (vcpu.current != abi::Vmpl::Vmpl0 || !is_guests) return std::nullopt;
    if (machine.adversary == Adversary::InjectsVc && silicon_takes(vcpu, abi::Vector::Vc))
        return raise_vc(machine, vcpu, abi::ExitCode::Cpuid);
    // CR2 stays what it was: nobody but the guest's own CPU writes it.
    if (machine.adversary == Adversary::InjectsPageFault && silicon_takes(vcpu, abi::Vector::PageFault))
        return raise(machine, vcpu, abi::Vector::PageFault, 0);
    return std::nullopt;
}

}  // namespace snpemu
