// SPDX-License-Identifier: MIT
// Enters and leaves a VMSA.
#include <cstring>

#include "snpemu/cpu/cpu.hpp"
#include "snpemu/silicon/debug_registers.hpp"
#include "snpemu/silicon/loose_state.hpp"
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
        case ExitReason::Interrupt: return abi::ExitCode::Interrupt;
        case ExitReason::None: break;
    }
    __builtin_unreachable();
}

/// A save area that runs takes no write, so it is unmapped for every level that has the right. Other CPUs are not
/// flushed: one that translated the page before it was in use may write until it leaves its guest for any reason.
void unmap_for_writers(Memory& memory, const VmsaPlace& place, abi::Vmpl current) REQUIRES(memory.rmp_lock) {
    if (!memory.ram.contains(place.gpa)) return;  // the launch VMSA
    for (std::size_t level = 0; level < abi::vmpl_count; ++level) {
        const bool may_run = memory.cpu_count > 1 || level == static_cast<std::size_t>(current);
        if (may_run && (place.entry->permissions[level] & abi::Permission::write) != 0)
            (void)memory.nested[level].unmap(place.gpa, PageSize::Size4K);
    }
}

void note_entry(Cpu& cpu) {
    trace::note(cpu, trace::Kind::Enter, {.a = cpu.vmcb->save.rip, .b = cpu.bound->vmsa.gpa.value()});
}

/// No exit that a host sees here has information with it, nor strikes while an event is being delivered.
/// Behind an instruction NRIP is RIP, which the host cannot move.
ExitRecord record_of(const Cpu& cpu, ExitReason reason) {
    const bool is_instruction = reason == ExitReason::Vmgexit || reason == ExitReason::Hlt;
    return {.code = static_cast<std::uint64_t>(shown_exit_code(reason)),
            .next_rip = is_instruction ? cpu.vmcb->save.rip : 0};
}

}  // namespace

std::expected<void, model::VmrunFault> enter_vmsa(Memory& memory, Cpu& cpu, Binding& what) {
    const LockGuard guard{memory.rmp_lock};
    const VmsaPlace& place = what.vmsa;
    // The page may have changed its owner, and back, since software named it.
    memory.ram.settle(place.system);
    if (auto ok = model::check_vmrun(*place.entry, *place.page, cpu.current, memory.processor); !ok)
        return ok;
    // In use from here: no RMPADJUST, no write from any VMPL, until the exit. [APM2 "VMSA Pages"]
    memory.set_in_use(*place.entry, true);
    unmap_for_writers(memory, place, cpu.current);
    load_vmsa(*place.page, cpu.state(), cpu.loose);
    // What was checked is a page that VMPL0 on another CPU could still write; what is loaded is this copy. A
    // bad XCR0 in it would fault in the machine; the rest is checked once more by the VMRUN beneath.
    if (!model::is_xcr0_allowed(memory.processor, cpu.loose.xcr0)) {
        memory.set_in_use(*place.entry, false);
        return std::unexpected{model::VmrunFault::BadXcr0};
    }
    cpu.bound = &what;
    load_loose(memory.processor, cpu.loose);
    load_debug_registers(cpu);
    cpu.vmcb->control.event_inj = 0;
    cpu.vmcb->control.tsc_offset = what.has_secure_tsc() ? place.page->tsc_offset : cpu.host_tsc_offset;
    // Interrupts reach a guest straight from the local APIC, at every VMPL, when its RFLAGS.IF is set. A guest that
    // restricts injection gets none: with masking the flag that counts is the machine's, and where the host sets it,
    // the interrupt is an exit. [APM2 "Virtualizing RFLAGS.IF"]
    abi::VmcbControl& control = cpu.vmcb->control;
    control.interrupt_control = what.restricts_injection() ? abi::InterruptControl::VIntrMasking::mask : 0;
    control.intercept_misc_1 &= ~abi::Intercept1::intr;
    if (what.restricts_injection()) control.intercept_misc_1 |= abi::Intercept1::intr;
    cpu.leaves_for_interrupt = false;
    note_entry(cpu);
    return {};
}

void set_host_tsc_offset(Cpu& cpu, std::uint64_t offset) {
    cpu.host_tsc_offset = offset;
    if (cpu.bound == nullptr || !cpu.bound->has_secure_tsc()) cpu.vmcb->control.tsc_offset = offset;
}

void exit_vmsa(Cpu& cpu, ExitReason reason) {
    cpu.exit_reason = reason;
    ++cpu.world_switches;
    trace::note(cpu, trace::Kind::Leave,
                {.detail = static_cast<std::uint16_t>(reason),
                 .a = cpu.vmcb->save.rip,
                 .b = static_cast<std::uint64_t>(shown_exit_code(reason))});
}

void release_vmsa(Memory& memory, Cpu& cpu) {
    store_loose(memory.processor, cpu.loose);
    store_debug_registers(cpu);
    {
        const LockGuard guard{memory.rmp_lock};
        const VmsaPlace& place = cpu.bound->vmsa;
        store_vmsa(cpu.state(), cpu.loose, record_of(cpu, cpu.exit_reason), *place.page);
        memory.set_in_use(*place.entry, false);
    }
    cpu.bound = nullptr;
    cpu.end_use();  // last: a CPU that waits for it may use the page at once
}

void reenter_vmsa(Cpu& cpu) {
    cpu.vmcb->control.event_inj = 0;
    note_entry(cpu);
}

}  // namespace snpemu::silicon
