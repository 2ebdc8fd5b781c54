// SPDX-License-Identifier: MIT
// Exceptions that the emulated CPU raises in its guest.
#include "snpemu/silicon/exception.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu::silicon {

ExitReason raise(Memory& memory, Cpu& cpu, abi::Vector vector, std::optional<std::uint32_t> error_code) {
    trace::note(cpu, trace::Kind::Exception,
                {.detail = static_cast<std::uint16_t>(vector),
                 .value = error_code.value_or(0),
                 .a = cpu.vmcb->save.rip,
                 .b = cpu.vmcb->save.cr2});
    // An exception during the delivery of another one would need the rules of double faults. No correct guest
    // gets here, and those rules would end the guest too.
    const abi::VmcbControl& control = cpu.vmcb->control;
    if (static_cast<abi::ExitCode>(control.exit_code) == abi::ExitCode::NestedPageFault &&
        abi::Event::Valid::test(control.exit_int_info)) {
        trace::record(cpu, "exception-during-delivery vector,error", static_cast<std::uint64_t>(vector),
                      error_code.value_or(0));
        return ExitReason::Shutdown;
    }
    const LockGuard guard{memory.rmp_lock};
    if (deliver_exception(cpu.state(), memory.through_rmp(), cpu.current, vector, error_code, memory.c_bit))
        return ExitReason::None;
    trace::record(cpu, "undeliverable-exception vector,error", static_cast<std::uint64_t>(vector),
                  error_code.value_or(0));
    return ExitReason::Shutdown;
}

ExitReason deliver_interrupt(Memory& memory, Cpu& cpu, std::uint8_t vector) {
    trace::note(cpu, trace::Kind::Interrupt, {.detail = vector, .value = 1, .a = cpu.vmcb->save.rip});
    const LockGuard guard{memory.rmp_lock};
    if (deliver_external(cpu.state(), memory.through_rmp(), cpu.current, vector, memory.c_bit))
        return ExitReason::None;
    trace::record(cpu, "undeliverable-interrupt vector,rip", vector, cpu.vmcb->save.rip);
    return ExitReason::Shutdown;
}

ExitReason raise_vc(Memory& memory, Cpu& cpu, abi::ExitCode code) {
    return raise(memory, cpu, abi::Vector::Vc, static_cast<std::uint32_t>(code));
}

ExitReason raise_page_fault(Memory& memory, Cpu& cpu, GuestVa address, std::uint32_t error_code) {
    cpu.vmcb->save.cr2 = address.value();
    return raise(memory, cpu, abi::Vector::PageFault, error_code);
}

ExitReason raise_translation_error(Memory& memory, Cpu& cpu, GuestVa address, const TranslationError& error) {
    if (const auto* fault = std::get_if<GuestPageFault>(&error))
        return raise_page_fault(memory, cpu, address, fault->error_code);
    if (const auto* nested = std::get_if<NestedFault>(&error))
        return raise_rmp_fault(memory, cpu, nested->gpa, nested->fault);
    return raise(memory, cpu, abi::Vector::GeneralProtection, 0);  // not canonical
}

ExitReason raise_rmp_fault(Memory& memory, Cpu& cpu, Gpa at, model::RmpFault fault) {
    trace::note(cpu, trace::Kind::RmpFault,
                {.detail = static_cast<std::uint16_t>(fault), .a = at.value(), .b = cpu.vmcb->save.rip});
    switch (fault) {
        case model::RmpFault::GeneralProtection: return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
        case model::RmpFault::NotAssigned:  // the host converts no page unasked
        case model::RmpFault::NotValidated:
            trace::record(cpu, "not-validated gpa,rip", at.value(), cpu.vmcb->save.rip);
            return raise_vc(memory, cpu, abi::ExitCode::PageNotValidated);
        case model::RmpFault::OutsideRam:
        case model::RmpFault::NothingShown:
            trace::record(cpu, "mmio gpa,rip", at.value(), cpu.vmcb->save.rip);
            return raise_vc(memory, cpu, abi::ExitCode::NestedPageFault);
        case model::RmpFault::Permission:
        case model::RmpFault::InUse:
        case model::RmpFault::SharedAccess:
        case model::RmpFault::SizeMismatch:
        case model::RmpFault::OtherAddress:
            // Silicon reports these to the hypervisor. This machine answers as a nested entry with a reserved
            // bit would: the guest gets #VC with the code of a nested page fault and may report it.
            trace::record(cpu, "access-denied gpa,rip", at.value(), cpu.vmcb->save.rip);
            return raise_vc(memory, cpu, abi::ExitCode::NestedPageFault);
    }
    __builtin_unreachable();
}

}  // namespace snpemu::silicon
