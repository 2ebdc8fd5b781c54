// SPDX-License-Identifier: MIT
// Mailboxes and idling.
#include "snpemu/host/idle.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "model/host/rest.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"
#include "snpemu/traps/dump_request.hpp"
#include "snpemu/traps/wait.hpp"

namespace snpemu {
namespace {

host::RestingVcpu rest_of(const Vcpu& vcpu) {
    return {.has_guest = vcpu.has_guest(),
            .has_vmsa = std::ranges::any_of(vcpu.slots, &VmplSlot::present),
            .is_held = vcpu.slot().held,
            .vmpl = vcpu.current};
}

/// Every vCPU rests, `last` since now.
[[noreturn]] void stop_at_rest(const Machine& machine, const Vcpu& last) {
    std::array<host::RestingVcpu, max_cpus> rests{};
    for (unsigned i = 0; i < machine.cpu_count; ++i) rests[i] = rest_of(*machine.vcpus[i]);
    const std::span<const host::RestingVcpu> all{rests.data(), machine.cpu_count};
    const std::string_view kind = host::judge_rest(all) == host::AllRest::Halt ? "halt" : "deadlock";
    unsigned told = last.id;
    for (unsigned i = 0; i < machine.cpu_count && !host::counts(all[told], all); ++i) told = i;
    stop("kind={} cpu={} vmpl={} rip=0x{:x}", kind, told, machine.vcpus[told]->current,
         machine.vcpus[told]->vmcb->save.rip);
}

}  // namespace

void sleep_until_mail(Machine& machine, Vcpu& vcpu) {
    bool all_asleep = false;
    {
        const LockGuard guard{machine.idle_lock};
        // A message that came since the last look: its sender looks for sleepers under this lock afterwards.
        if (vcpu.mail || vcpu.interrupt_for_vmpl0 || has_reset_message(vcpu) ||
            (vcpu.slot().halted && is_nmi_due(vcpu)))
            return;
        vcpu.idle = true;
        all_asleep = ++machine.idle_count == machine.cpu_count;
    }
    // The last vCPU to fall asleep reports it: no other vCPU is left to send mail.
    if (all_asleep) stop_at_rest(machine, vcpu);
    trace::note(vcpu, trace::Kind::Sleep);
    for (;;) {
        vcpu.awake = false;
        if (is_stopping()) park();
        if (dump_requested()) stop("kind=nmi");
        if (!vcpu.idle) break;
        wait_for_nmi(&vcpu.awake);
    }
    trace::note(vcpu, trace::Kind::Wake);
}

void post(Machine& machine, Vcpu& self, Vcpu& target, const ApMailbox& mail) {
    {
        const LockGuard guard{target.mailbox_lock};
        target.mailbox = mail;
        target.mailbox.full = true;
    }
    bool was_idle = false;
    {
        const LockGuard guard{machine.idle_lock};
        target.mail = true;
        was_idle = target.idle;
        if (was_idle) {
            target.idle = false;
            --machine.idle_count;
        }
    }
    // Not idle, it may rest in HLT until an interrupt: that ends too.
    if (&target != &self) kick(target);
    if (was_idle) return;
    const std::uint64_t use = target.uses;
    make_leave(self, target);
    if (&target == &self || !Vcpu::is_in_use(use)) return;
    // Out of the guest is not out of the VMSA: its registers may still be on their way into the page, or the host be
    // answering a request in place. The caller of AP creation finds the page stored and not in use. This CPU has no
    // VMSA loaded itself, so two that post to each other do not wait. A target that has taken the mail is in another
    // use, perhaps without an end, even if that began before `use` was read.
    while (target.mail && target.uses == use && !is_stopping()) cpu::pause();
}

void wake(Machine& machine, Vcpu& target) {
    {
        const LockGuard guard{machine.idle_lock};
        if (target.idle) {
            target.idle = false;
            --machine.idle_count;
        }
    }
    kick(target);
}

void post_message(Machine& machine, Vcpu& target, Messages Vcpu::*kind, abi::Vmpl level) {
    target.*kind |= message_bit(level);
    wake(machine, target);
}

bool keep_taken_interrupt(Vcpu& vcpu) {
    if (vcpu.taken_vector < 0) return false;
    trace::note(vcpu, trace::Kind::Interrupt, {.detail = static_cast<std::uint16_t>(vcpu.taken_vector)});
    vcpu.slot().waiting_vector = std::exchange(vcpu.taken_vector, -1);
    return true;
}

bool take_mail(Vcpu& vcpu, ApMailbox& mail) {
    if (!vcpu.mail) return false;
    vcpu.mail = false;
    const LockGuard guard{vcpu.mailbox_lock};
    mail = vcpu.mailbox;
    vcpu.mailbox.full = false;
    return mail.full;
}

}  // namespace snpemu
