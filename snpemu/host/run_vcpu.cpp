// SPDX-License-Identifier: MIT
// The loop of one vCPU: mail, entry, exit, action.
#include "snpemu/cpu/apic.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/idle.hpp"
#include "snpemu/host/inject.hpp"
#include "snpemu/host/planes.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"
#include "snpemu/traps/dump_request.hpp"
#include "snpemu/traps/wait.hpp"

namespace snpemu {
namespace {

using silicon::ExitReason;

/// Takes over the save area that AP creation left for this vCPU.
void read_mail(Machine& machine, Vcpu& vcpu) {
    ApMailbox mail;
    if (!take_mail(vcpu, mail)) return;
    trace::note(vcpu, trace::Kind::ApStart,
                {.detail = abi::adyton::trace::ap_detail(mail.destroy   ? 2
                                                         : mail.run_now ? 1
                                                                        : 0,
                                                         static_cast<std::uint64_t>(mail.vmpl)),
                 .a = mail.vmsa.gpa.value(),
                 .b = mail.destroy ? 0 : mail.vmsa.page->rip});
    if (machine.host == abi::adyton::Host::Planes) return planes::adopt(machine, vcpu, mail);
    VmplSlot& slot = vcpu.slots[static_cast<unsigned>(mail.vmpl)];
    if (mail.destroy) {
        slot = {};
        if (mail.vmpl == vcpu.current) vcpu.runnable = false;
        if (mail.vmpl == vcpu.next) vcpu.next.reset();
        return;
    }
    slot = VmplSlot::fresh(mail.vmsa, machine.c_bit);
    if (mail.run_now) {
        // An interrupt that the old VMSA has not taken would find a vCPU without an interrupt table.
        vcpu.nmi_pending = false;
        vcpu.taken_vector = -1;
        // This host does not stop more privileged software half-way, perhaps while it holds a lock: that
        // software gives the vCPU up by Run VMPL or by halting. Other hosts do stop it.
        if (vcpu.runnable && vcpu.current < mail.vmpl &&
            !lies_at(machine, vcpu, host::Moment::PostponesAp).has(host::Act::Refuse)) {
            vcpu.next = mail.vmpl;
            return;
        }
        vcpu.current = mail.vmpl;
        vcpu.runnable = true;
    }
}

[[noreturn]] void stop_for(Vcpu& vcpu, ExitReason reason) {
    const abi::VmcbSave& save = vcpu.vmcb->save;
    if (reason == ExitReason::Shutdown)
        stop("kind=shutdown cpu={} vmpl={} rip=0x{:x} rsp=0x{:x} cr2=0x{:x}", vcpu.id, vcpu.current, save.rip,
             save.rsp, save.cr2);
    stop("kind=invalid cpu={} vmpl={} rip=0x{:x} cr0=0x{:x} cr3=0x{:x} cr4=0x{:x} efer=0x{:x} reason=state",
         vcpu.id, vcpu.current, save.rip, save.cr0, save.cr3, save.cr4, save.efer);
}

/// HLT. With interrupts enabled the vCPU rests until the next one; without, only an NMI or the host ends the
/// rest. VMPL0 takes no interrupts at all. Nor does a guest with restricted injection, to which the host
/// would have to announce them by #HV.
void on_halt(Vcpu& vcpu) {
    if (vcpu.current != abi::Vmpl::Vmpl0 && !vcpu.slot().restricts_injection() &&
        (vcpu.vmcb->save.rflags & abi::Rflags::interrupt) != 0) {
        vcpu.slot().awaits_interrupt = true;
        return;
    }
    trace::record(vcpu, "halts rip", vcpu.vmcb->save.rip);
    trace::note(vcpu, trace::Kind::Halt, {.a = vcpu.vmcb->save.rip});
    block(vcpu);
}

/// Sleeps until the interrupt arrives for which the guest's HLT waits, or until another CPU needs this
/// one. The machine takes the interrupt from the local APIC, as the guest would have done, and keeps it
/// for the next entry.
void await_interrupt(Vcpu& vcpu) {
    vcpu.awake = false;
    if (vcpu.mail || is_stopping() || is_nmi_due(vcpu)) {
        vcpu.slot().awaits_interrupt = !is_nmi_due(vcpu);
        return;
    }
    trace::note(vcpu, trace::Kind::Sleep, {.detail = 1});
    apic::recheck_interrupts();
    wait_for_interrupt_or_nmi(&vcpu.awake);
    trace::note(vcpu, trace::Kind::Wake, {.detail = 1});
    if (vcpu.taken_vector < 0) return;
    trace::note(vcpu, trace::Kind::Interrupt, {.detail = static_cast<std::uint16_t>(vcpu.taken_vector)});
    vcpu.slot().awaits_interrupt = false;
}

/// Delivers the events that arrived outside the guest. VMPL0 gets only those that a lying host injects.
ExitReason deliver_waiting(Machine& machine, Vcpu& vcpu) {
    if (vcpu.current == abi::Vmpl::Vmpl0) return inject_at_vmpl0(machine, vcpu);
    if (is_nmi_due(vcpu)) {
        vcpu.nmi_pending = false;
        vcpu.slot().nmi_blocked = true;
        return deliver_interrupt(machine, vcpu, static_cast<std::uint8_t>(abi::Vector::Nmi));
    }
    if (vcpu.taken_vector < 0) return ExitReason::None;
    const auto vector = static_cast<std::uint8_t>(vcpu.taken_vector);
    vcpu.taken_vector = -1;
    return deliver_interrupt(machine, vcpu, vector);
}

/// Runs the loaded VMSA up to an exit that the host sees.
ExitReason run_to_exit(Machine& machine, Vcpu& vcpu) {
    ExitReason reason = deliver_waiting(machine, vcpu);
    if (reason == ExitReason::None) reason = run_guest(machine, vcpu);
    exit_vmsa(vcpu, reason);
    if (machine.host == abi::adyton::Host::Planes) planes::count_exit(vcpu);
    return reason;
}

/// After this many answers in a row the VMSA is stored all the same. Another CPU may wait until it is not in use, or
/// read what it holds: on silicon each exit is a chance, so there has to be one here now and then.
constexpr unsigned most_answers_in_place = 32;

/// Runs the loaded VMSA through all requests that the host answers in place (`on_vmgexit` releases it for the
/// others). The reason of the exit that ended this; Vmgexit when it has been answered.
ExitReason run_loaded(Machine& machine, Vcpu& vcpu) {
    for (unsigned answers = 1;; ++answers) {
        const ExitReason reason = run_to_exit(machine, vcpu);
        if (reason != ExitReason::Vmgexit) return reason;
        on_vmgexit(machine, vcpu);
        // The planes' host chooses anew after each exit which level runs.
        if (!vcpu.is_loaded() || answers == most_answers_in_place ||
            machine.host == abi::adyton::Host::Planes)
            return reason;
        reenter_vmsa(vcpu);
    }
}

void run_slot_once(Machine& machine, Vcpu& vcpu) {
    // First the use, then the look for mail; a CPU that posts does it the other way round. So one of the two sees the
    // other, and the save area that the mail takes away is not entered again.
    vcpu.begin_use();
    if (vcpu.mail) return vcpu.end_use();
    if (auto ok = enter_vmsa(machine, vcpu, vcpu.slot()); !ok)
        stop("kind=invalid cpu={} vmpl={} reason={}", vcpu.id, vcpu.current,
             OneWord{model::describe(ok.error())});
    const ExitReason reason = run_loaded(machine, vcpu);
    if (vcpu.is_loaded()) release_vmsa(machine, vcpu);
    switch (reason) {
        case ExitReason::Hlt: on_halt(vcpu); return;
        case ExitReason::Vmgexit:
        case ExitReason::Kick:
        case ExitReason::None: return;
        case ExitReason::Shutdown:
        case ExitReason::Invalid: stop_for(vcpu, reason);
    }
}

}  // namespace

void hold(Vcpu& vcpu) {
    vcpu.slot().held = true;
    block(vcpu);
}

void block(Vcpu& vcpu) {
    vcpu.slot().halted = true;
    vcpu.runnable = vcpu.next.has_value();
    vcpu.current = vcpu.next.value_or(vcpu.current);
    vcpu.next.reset();
}

void run_vcpu(Machine& machine, Vcpu& vcpu) {
    for (;;) {
        if (is_stopping()) park();
        if (dump_requested()) stop("kind=nmi");
        read_mail(machine, vcpu);
        if (machine.host == abi::adyton::Host::Planes) planes::take_interrupt(vcpu);
        if (!vcpu.runnable && vcpu.slot().halted && is_nmi_due(vcpu)) vcpu.runnable = true;
        if (vcpu.runnable && vcpu.slot().awaits_interrupt)
            await_interrupt(vcpu);
        else if (vcpu.runnable)
            run_slot_once(machine, vcpu);
        else
            sleep_until_mail(machine, vcpu);
    }
}

}  // namespace snpemu
