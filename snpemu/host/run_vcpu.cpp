// SPDX-License-Identifier: MIT
// The loop of one vCPU: mail, entry, exit, action.
#include <utility>

#include "snpemu/cpu/apic.hpp"
#include "snpemu/host/doorbell.hpp"
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

/// A message makes the level run. The strict host does not stop more privileged software half-way, perhaps while it holds
/// a lock: that software gives the vCPU up by Run VMPL or by halting. Other hosts do stop it.
void start_level(Machine& machine, Vcpu& vcpu, abi::Vmpl level) {
    if (!is_kvm(machine) && vcpu.runnable && vcpu.current < level &&
        !lies_at(machine, vcpu, host::Moment::PostponesAp).has(host::Act::Refuse)) {
        vcpu.next = level;
        return;
    }
    vcpu.current = level;
    vcpu.runnable = true;
}

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
        slot = slot.vacated();
        if (mail.vmpl == vcpu.current) vcpu.runnable = false;
        if (mail.vmpl == vcpu.next) vcpu.next.reset();
        return;
    }
    slot = slot.renewed(mail.vmsa, machine.c_bit);
    slot.waits_for_init = !mail.run_now;
    // What came for the old one and was not delivered would meet a vCPU without an interrupt table.
    forget(vcpu.nmi_for, mail.vmpl);
    if (mail.run_now) start_level(machine, vcpu, mail.vmpl);
}

void carry_out(Machine& machine, Vcpu& vcpu, abi::Vmpl level, host::ResetAction action) {
    VmplSlot& slot = vcpu.slots[static_cast<unsigned>(level)];
    switch (action) {
        case host::ResetAction::Ignore:
            return trace::record(vcpu, "ignored-reset-message vmpl", static_cast<std::uint64_t>(level));
        case host::ResetAction::NoteInit: slot.had_init = true; return;
        case host::ResetAction::Start:
        case host::ResetAction::EndHold: break;
    }
    slot.waits_for_init = slot.had_init = slot.halted = slot.held = false;
    start_level(machine, vcpu, level);
}

/// INIT before the start-up message, as software sends them.
void read_reset_messages(Machine& machine, Vcpu& vcpu) {
    if (!has_reset_message(vcpu)) return;
    const unsigned inits = vcpu.init_for.exchange(0), startups = vcpu.startup_for.exchange(0);
    for (unsigned number = 0; number < abi::vmpl_count; ++number) {
        const auto level = static_cast<abi::Vmpl>(number);
        const VmplSlot& slot = vcpu.slots[number];
        const auto scene = [&] {
            return host::ResetScene{slot.present && slot.waits_for_init, slot.held, slot.had_init};
        };
        if ((inits & message_bit(level)) != 0) carry_out(machine, vcpu, level, host::plan_init(scene()));
        if ((startups & message_bit(level)) != 0)
            carry_out(machine, vcpu, level, host::plan_startup(scene()));
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

void on_halt(Machine& machine, Vcpu& vcpu) {
    const bool enabled = (vcpu.vmcb->save.rflags & abi::Rflags::interrupt) != 0;
    if (host::halt_awaits_interrupt(event_scene(vcpu), enabled)) {
        vcpu.slot().awaits_interrupt = !has_unread_event(machine, vcpu);
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
    if (vcpu.mail || is_stopping() || is_nmi_due(vcpu) || has_reset_message(vcpu)) {
        vcpu.slot().awaits_interrupt = !is_nmi_due(vcpu);
        return;
    }
    trace::note(vcpu, trace::Kind::Sleep, {.detail = 1});
    apic::recheck_interrupts();
    wait_for_interrupt_or_nmi(&vcpu.awake);
    trace::note(vcpu, trace::Kind::Wake, {.detail = 1});
    if (!keep_taken_interrupt(vcpu)) return;
    vcpu.slot().awaits_interrupt = false;
    if (!host::loses_interrupt(event_scene(vcpu))) return;
    vcpu.slot().waiting_vector = -1;
    apic::end_of_interrupt();  // the level would not do it, and the next one must come through
}

/// What came while the vCPU was not in its guest; at VMPL0 what a lying host thinks of goes first.
ExitReason deliver_waiting(Machine& machine, Vcpu& vcpu) {
    if (vcpu.current == abi::Vmpl::Vmpl0)
        if (const ExitReason reason = inject_at_vmpl0(machine, vcpu); reason != ExitReason::None)
            return reason;
    VmplSlot& slot = vcpu.slot();
    if (slot.restricts_injection()) return ring_doorbell(machine, vcpu);
    // The interrupt first, while RFLAGS.IF is as it was when it came; the NMI then interrupts its handler.
    if (slot.waiting_vector >= 0) {
        const auto vector = static_cast<std::uint8_t>(std::exchange(slot.waiting_vector, -1));
        if (const ExitReason reason = deliver_interrupt(machine, vcpu, vector); reason != ExitReason::None)
            return reason;
    }
    if (!is_nmi_due(vcpu)) return ExitReason::None;
    forget(vcpu.nmi_for, vcpu.current);
    slot.nmi_blocked = true;
    return deliver_interrupt(machine, vcpu, static_cast<std::uint8_t>(abi::Vector::Nmi));
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

/// VMRUN refuses the VMSA. `features` are the bits of SEV_FEATURES that the machine does not have.
[[noreturn]] void stop_for(const Machine& machine, const Vcpu& vcpu, model::VmrunFault fault) {
    const std::uint64_t asked = vcpu.slot().vmsa.page->sev_features;
    stop("kind=invalid cpu={} vmpl={} reason={} features=0x{:x}", vcpu.id, vcpu.current,
         OneWord{model::describe(fault)}, asked & ~machine.processor.sev_features);
}

void run_slot_once(Machine& machine, Vcpu& vcpu) {
    // First the use, then the look for mail; a CPU that posts does it the other way round. So one of the two sees the
    // other, and the save area that the mail takes away is not entered again.
    vcpu.begin_use();
    if (vcpu.mail) return vcpu.end_use();
    if (auto ok = enter_vmsa(machine, vcpu, vcpu.slot()); !ok) stop_for(machine, vcpu, ok.error());
    const ExitReason reason = run_loaded(machine, vcpu);
    if (vcpu.is_loaded()) release_vmsa(machine, vcpu);
    switch (reason) {
        case ExitReason::Hlt: on_halt(machine, vcpu); return;
        case ExitReason::Vmgexit:
        case ExitReason::Interrupt:  // the next entry takes it
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
        read_reset_messages(machine, vcpu);
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
