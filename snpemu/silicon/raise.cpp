// SPDX-License-Identifier: MIT
// Exceptions that the emulated CPU raises in its guest.
#include "abi/x86/registers.hpp"
#include "model/escalation.hpp"
#include "snpemu/silicon/exception.hpp"
#include "snpemu/silicon/hypervisor.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu::silicon {

namespace {

/// The exception whose delivery a nested fault interrupted; empty for interrupts, and where nothing was being delivered.
std::optional<abi::Vector> exception_in_delivery(const Cpu& cpu) {
    constexpr std::uint64_t first_external = 32, exception_type = 3;
    const std::uint64_t interrupted = cpu.vmcb->control.exit_int_info;
    if (static_cast<abi::ExitCode>(cpu.vmcb->control.exit_code) != abi::ExitCode::NestedPageFault ||
        !abi::Event::Valid::test(interrupted))
        return std::nullopt;
    const std::uint64_t vector = abi::Event::Vector::get(interrupted);
    // QEMU calls interrupts exceptions here.
    if (abi::Event::Type::get(interrupted) != exception_type || vector >= first_external) return std::nullopt;
    return static_cast<abi::Vector>(vector);
}

/// Delivers `event`, or what its delivery meets: one exception after the other, each by the rules of double faults.
/// `first` is what was being delivered when it struck.
ExitReason deliver_all(Memory& memory, Cpu& cpu, Event event, std::optional<abi::Vector> first) {
    for (;;) {
        const auto vector = static_cast<abi::Vector>(event.vector);
        const bool is_exception = event.is_fault;
        const auto step = is_exception ? model::escalate(first, vector) : model::Escalation::Deliver;
        if (step == model::Escalation::Shutdown) {
            trace::record(cpu, "exception-during-double-fault vector,error", event.vector,
                          event.error_code.value_or(0));
            return ExitReason::Shutdown;
        }
        if (step == model::Escalation::DoubleFault) event = fault_of(abi::Vector::DoubleFault, 0);
        const LockGuard guard{memory.rmp_lock};
        const auto done = deliver({cpu.state(), memory.through_rmp(&cpu.walks), cpu.current, memory.c_bit}, event);
        if (done) return ExitReason::None;
        trace::record(cpu, "fault-during-delivery vector,second", event.vector,
                      static_cast<std::uint64_t>(done.error().vector));
        first = event.is_fault ? std::optional{static_cast<abi::Vector>(event.vector)} : std::nullopt;
        if (done.error().address) cpu.vmcb->save.cr2 = done.error().address->value();
        event = fault_of(done.error().vector, done.error().error_code);
    }
}

}  // namespace

ExitReason raise(Memory& memory, Cpu& cpu, abi::Vector vector, std::optional<std::uint32_t> error_code) {
    trace::note(cpu, trace::Kind::Exception,
                {.detail = static_cast<std::uint16_t>(vector),
                 .value = error_code.value_or(0),
                 .a = cpu.vmcb->save.rip,
                 .b = cpu.vmcb->save.cr2});
    return deliver_all(memory, cpu, fault_of(vector, error_code), exception_in_delivery(cpu));
}

ExitReason raise_debug_trap(Memory& memory, Cpu& cpu, std::uint64_t dr6) {
    cpu.vmcb->save.dr6 |= dr6;
    trace::note(cpu, trace::Kind::Exception,
                {.detail = static_cast<std::uint16_t>(abi::Vector::Debug), .a = cpu.vmcb->save.rip});
    return deliver_all(memory, cpu, trap_of(static_cast<std::uint8_t>(abi::Vector::Debug)), std::nullopt);
}

ExitReason deliver_interrupt(Memory& memory, Cpu& cpu, std::uint8_t vector) {
    trace::note(cpu, trace::Kind::Interrupt, {.detail = vector, .value = 1, .a = cpu.vmcb->save.rip});
    return deliver_all(memory, cpu, trap_of(vector), std::nullopt);
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
    if (const auto* nested = std::get_if<NestedFault>(&error)) {
        if (hypervisor::mends(memory, cpu, {nested->gpa, nested->fault})) return ExitReason::None;
        return raise_rmp_fault(memory, cpu, nested->gpa, nested->fault);
    }
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
