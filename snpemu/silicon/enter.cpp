// SPDX-License-Identifier: MIT
// Enters and leaves a VMSA.
#include <cstring>

#include "snpemu/cpu/cpu.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu::silicon {
namespace {

abi::ExitCode shown_exit_code(ExitReason reason) {
    switch (reason) {
        case ExitReason::Vmgexit: return abi::ExitCode::Vmgexit;
        case ExitReason::Hlt: return abi::ExitCode::Hlt;
        case ExitReason::Shutdown: return abi::ExitCode::Shutdown;
        case ExitReason::Invalid: return abi::ExitCode::Invalid;
        case ExitReason::Kick: return abi::ExitCode::Nmi;
        case ExitReason::None: break;
    }
    __builtin_unreachable();
}

}  // namespace

std::expected<void, model::VmrunFault> enter_vmsa(Memory& memory, Cpu& cpu, Binding& what) {
    const LockGuard guard{memory.rmp_lock};
    const VmsaPlace& place = what.vmsa;
    // The page may have changed its owner, and back, since software named it.
    memory.ram.settle(place.system);
    if (auto ok = model::check_vmrun(*place.entry, *place.page, cpu.current, supported_sev_features); !ok)
        return ok;
    // In use from here: no RMPADJUST, no write from any VMPL, until the exit. [APM2 "VMSA Pages"]
    memory.set_in_use(*place.entry, true);
    cpu.bound = &what;
    load_vmsa(*place.page, cpu.state(), cpu.fpu);
    cpu::restore_fpu(cpu.fpu.bytes.data());
    cpu.vmcb->control.event_inj = 0;
    // Interrupts reach a guest straight from the local APIC. VMPL0 takes none, nor does a guest that
    // restricts injection: with masking on, the machine's own IF counts, which is off.
    // [APM2 "Virtualizing RFLAGS.IF"]
    const bool takes_interrupts = cpu.current != abi::Vmpl::Vmpl0 && !what.restricts_injection();
    cpu.vmcb->control.interrupt_control = takes_interrupts ? 0 : abi::InterruptControl::VIntrMasking::mask;
    trace::note(cpu, trace::Kind::Enter, {.a = cpu.vmcb->save.rip, .b = place.gpa.value()});
    return {};
}

void leave_vmsa(Memory& memory, Cpu& cpu, ExitReason reason) {
    cpu::save_fpu(cpu.fpu.bytes.data());
    const LockGuard guard{memory.rmp_lock};
    const VmsaPlace& place = cpu.bound->vmsa;
    store_vmsa(cpu.state(), cpu.fpu, static_cast<std::uint64_t>(shown_exit_code(reason)),
               cpu.vmcb->control.exit_info_1, cpu.vmcb->control.exit_info_2, *place.page);
    memory.set_in_use(*place.entry, false);
    cpu.bound = nullptr;
    ++cpu.world_switches;
    trace::note(cpu, trace::Kind::Leave,
                {.detail = static_cast<std::uint16_t>(reason),
                 .a = cpu.vmcb->save.rip,
                 .b = place.page->guest_exit_code});
}

}  // namespace snpemu::silicon
