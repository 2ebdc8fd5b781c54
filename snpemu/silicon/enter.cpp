// SPDX-License-Identifier: MIT
// Into a VMSA and out of it.
#include <cstring>

#include "snpemu/cpu/cpu.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

abi::ExitCode shown_exit_code(ExitReason reason) {
    switch (reason) {
        case ExitReason::Vmgexit: return abi::ExitCode::Vmgexit;
        case ExitReason::Hlt: return abi::ExitCode::Hlt;
        case ExitReason::Shutdown: return abi::ExitCode::Shutdown;
        case ExitReason::Invalid: return abi::ExitCode::Invalid;
        case ExitReason::Kick: return abi::ExitCode::Nmi;
    }
    __builtin_unreachable();
}

}  // namespace

std::expected<void, model::VmrunFault> enter_vmsa(Machine& machine, Vcpu& vcpu) {
    const LockGuard guard{machine.rmp_lock};
    const VmsaPlace& place = vcpu.slot().vmsa;
    // It may have changed hands, and come back, since it was named.
    machine.ram.settle(place.system);
    if (auto ok = model::check_vmrun(*place.entry, *place.page, vcpu.current, supported_sev_features); !ok)
        return ok;
    // In use from here: no RMPADJUST, no write from any VMPL, until the exit. [APM2 "VMSA Pages"]
    place.entry->in_use = true;
    load_vmsa(*place.page, vcpu.state(), vcpu.fpu);
    cpu::restore_fpu(vcpu.fpu.bytes.data());
    vcpu.vmcb->control.event_inj = 0;
    // Interrupts reach a guest straight from the local APIC. VMPL0 is never interrupted, nor is a guest that
    // restricts injection: with masking the flag that counts is the machine's, which is off.
    // [APM2 "Virtualizing RFLAGS.IF"]
    const bool takes_interrupts = vcpu.current != abi::Vmpl::Vmpl0 && !vcpu.slot().restricts_injection();
    vcpu.vmcb->control.interrupt_control = takes_interrupts ? 0 : abi::InterruptControl::VIntrMasking::mask;
    trace::note(vcpu, trace::Kind::Enter, {.a = vcpu.vmcb->save.rip, .b = place.gpa.value()});
    return {};
}

void leave_vmsa(Machine& machine, Vcpu& vcpu, ExitReason reason) {
    cpu::save_fpu(vcpu.fpu.bytes.data());
    const LockGuard guard{machine.rmp_lock};
    const VmsaPlace& place = vcpu.slot().vmsa;
    store_vmsa(vcpu.state(), vcpu.fpu, static_cast<std::uint64_t>(shown_exit_code(reason)),
               vcpu.vmcb->control.exit_info_1, vcpu.vmcb->control.exit_info_2, *place.page);
    place.entry->in_use = false;
    ++vcpu.world_switches;
    trace::note(vcpu, trace::Kind::Leave,
                {.detail = static_cast<std::uint16_t>(reason),
                 .a = vcpu.vmcb->save.rip,
                 .b = place.page->guest_exit_code});
}

}  // namespace snpemu
