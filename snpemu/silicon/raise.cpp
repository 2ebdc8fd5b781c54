// SPDX-License-Identifier: MIT
// Exceptions that the emulated CPU raises in its guest.
#include "snpemu/host/stop.hpp"
#include "snpemu/silicon/exception.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {

Step raise(Machine& machine, Vcpu& vcpu, abi::Vector vector, std::optional<std::uint32_t> error_code) {
    trace::note(vcpu, trace::Kind::Exception,
                {.detail = static_cast<std::uint16_t>(vector),
                 .value = error_code.value_or(0),
                 .a = vcpu.vmcb->save.rip,
                 .b = vcpu.vmcb->save.cr2});
    // An exception while another one is being delivered would need the rules of double faults; no correct
    // guest gets here, and ending it is what those rules come to in the end.
    const abi::VmcbControl& control = vcpu.vmcb->control;
    if (static_cast<abi::ExitCode>(control.exit_code) == abi::ExitCode::NestedPageFault &&
        abi::Event::Valid::test(control.exit_int_info)) {
        record(machine, vcpu, "exception-during-delivery vector,error", static_cast<std::uint64_t>(vector),
               error_code.value_or(0));
        return Step::Shutdown;
    }
    const LockGuard guard{machine.rmp_lock};
    if (deliver_exception(vcpu.state(), machine.memory(), vcpu.current, vector, error_code, machine.c_bit))
        return Step::Continue;
    record(machine, vcpu, "undeliverable-exception vector,error", static_cast<std::uint64_t>(vector),
           error_code.value_or(0));
    return Step::Shutdown;
}

Step deliver_interrupt(Machine& machine, Vcpu& vcpu, std::uint8_t vector) {
    trace::note(vcpu, trace::Kind::Interrupt, {.detail = vector, .value = 1, .a = vcpu.vmcb->save.rip});
    const LockGuard guard{machine.rmp_lock};
    if (deliver_external(vcpu.state(), machine.memory(), vcpu.current, vector, machine.c_bit))
        return Step::Continue;
    record(machine, vcpu, "undeliverable-interrupt vector,rip", vector, vcpu.vmcb->save.rip);
    return Step::Shutdown;
}

Step raise_vc(Machine& machine, Vcpu& vcpu, abi::ExitCode code) {
    return raise(machine, vcpu, abi::Vector::Vc, static_cast<std::uint32_t>(code));
}

Step raise_page_fault(Machine& machine, Vcpu& vcpu, GuestVa address, std::uint32_t error_code) {
    vcpu.vmcb->save.cr2 = address.value();
    return raise(machine, vcpu, abi::Vector::PageFault, error_code);
}

Step raise_rmp_fault(Machine& machine, Vcpu& vcpu, Gpa at, model::RmpFault fault) {
    trace::note(vcpu, trace::Kind::RmpFault,
                {.detail = static_cast<std::uint16_t>(fault), .a = at.value(), .b = vcpu.vmcb->save.rip});
    switch (fault) {
        case model::RmpFault::GeneralProtection:
            return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
        case model::RmpFault::NotAssigned:  // the host does not convert pages behind the guest's back
        case model::RmpFault::NotValidated:
            record(machine, vcpu, "not-validated gpa,rip", at.value(), vcpu.vmcb->save.rip);
            return raise_vc(machine, vcpu, abi::ExitCode::PageNotValidated);
        case model::RmpFault::OutsideRam:
        case model::RmpFault::NothingShown:
            record(machine, vcpu, "mmio gpa,rip", at.value(), vcpu.vmcb->save.rip);
            return raise_vc(machine, vcpu, abi::ExitCode::NestedPageFault);
        case model::RmpFault::Permission:
        case model::RmpFault::InUse:
        case model::RmpFault::SharedAccess:
        case model::RmpFault::SizeMismatch:
        case model::RmpFault::OtherAddress:
            // Silicon reports these to the hypervisor. This one answers like a nested entry with a reserved
            // bit would: the guest gets #VC with the code of a nested page fault and may explain itself.
            record(machine, vcpu, "access-denied gpa,rip", at.value(), vcpu.vmcb->save.rip);
            return raise_vc(machine, vcpu, abi::ExitCode::NestedPageFault);
    }
    __builtin_unreachable();
}

}  // namespace snpemu
