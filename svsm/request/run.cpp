// SPDX-License-Identifier: MIT
// Lets a level run that has not just been answered, or waits.
#include "abi/snp/vmsa.hpp"
#include "machine/machine.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/guest/svme_guard.hpp"
#include "svsm/request/serve.hpp"

namespace svsm {
namespace {

using abi::Vmpl;

/// A refusal may mean "not yet", for a level that the guest is about to start: AP creation that came between
/// it and HLT would wake nobody, so the host is asked again for a while.
constexpr unsigned most_refusals = 64;

/// Its exit code is still the zero that its creator put there. Announced, because SVME is switched.
bool has_never_run(Va vmsa) {
    SvmeGuard stopped{vmsa};
    if (!stopped.is_held()) return false;
    const auto code = machine::load_u64(vmsa + offsetof(abi::Vmsa, guest_exit_code));
    return code && *code == 0;
}

/// The level's only VMSA has never run: the one that the host knows is deleted. Its successor is the guest's
/// to start, and until then the host would run what is none any more, which ends the VM. AP creation wakes
/// us.
[[gnu::cold, gnu::noinline]] bool is_unstarted(Guest& guest, Vcpu& vcpu, VcpuView& view, Vmpl level) {
    const auto& slot = view.slots[slot_index(level)];
    while (!begin_service(vcpu, view, slot)) refresh(guest, vcpu, view);
    const bool has_run = !slot.is_present() || !has_never_run(slot.vmsa);
    end_service(vcpu);
    if (has_run) return false;
    const SharedGuard lock{guest.lock, vcpu.index};
    return vcpu.slot(level).vmsas == 1;
}

/// A level that did not call. Out of HLT it may: that is how a host which starts nobody by itself tells of AP
/// creation. [docs/adr/0040]
[[gnu::cold]] bool may_run(Guest& guest, Vcpu& vcpu, VcpuView& view, const Next& next, Phase phase) {
    if (next.turn == Turn::Answered || (next.turn == Turn::Continues && phase != Phase::Run)) return true;
    return !is_unstarted(guest, vcpu, view, next.level);
}

/// Through the MSR after a call: no field of the GHCB is filled, checked and cleared for it. Everybody else
/// by the event, which a host may refuse; asked through the MSR for a level that it does not know, it ends
/// the VM.
bool run(const Next& next) {
    return next.turn == Turn::Answered ? ghcb::run_vmpl(next.level) : ghcb::run_vmpl_by_event(next.level);
}

}  // namespace

void run_somebody(Guest& guest, Vcpu& vcpu, VcpuView& view, std::optional<Next> next, Phase phase) {
    for (unsigned refusals = 0;; next = serve_rest(guest, vcpu, view, Outcome::Changed)) {
        const bool may_ask = next && may_run(guest, vcpu, view, *next, phase);
        if (may_ask) {
            if (phase != Phase::Refusal && run(*next)) return;
            // The reply is the host's word, read when this level runs again: whatever it says, a guest that
            // has run and called is not left waiting.
            if (phase == Phase::Refusal) phase = Phase::Run;
            if (serve_any(guest, vcpu, view, Outcome::Changed) != Outcome::NoCall) continue;
            if (phase == Phase::Launch) machine::terminate(abi::adyton::Termination::GuestLaunch);
            if (++refusals < most_refusals) {
                machine::pause();
                continue;
            }
        }
        // Nobody is there, or its guest deleted itself; or the host denies service: it may.
        machine::halt();
        phase = Phase::Rest;
        refusals = 0;
    }
}

}  // namespace svsm
