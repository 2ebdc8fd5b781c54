// SPDX-License-Identifier: MIT
// Runs a level that is not the answered caller, or waits.
#include "abi/snp/vmsa.hpp"
#include "machine/machine.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/guest/svme_guard.hpp"
#include "svsm/request/serve.hpp"

namespace svsm {
namespace {

using abi::Vmpl;

/// A refusal may mean "not yet", for a level that the guest is about to start. AP creation between the
/// refusal and HLT would wake no CPU, so this CPU asks the host again for a while.
constexpr unsigned most_refusals = 64;

/// True when the exit code is still the zero that CREATE_VCPU wrote. The caller has announced its service,
/// because SVME changes here.
bool has_never_run(Va vmsa) {
    SvmeGuard stopped{vmsa};
    if (!stopped.is_held()) return false;
    const auto code = machine::load_u64(vmsa + offsetof(abi::Vmsa, guest_exit_code));
    return code && *code == 0;
}

/// True when the level's only VMSA has never run: the one that the host knows is deleted. The guest starts
/// the successor; until then the host would run the deleted VMSA, which ends the VM. AP creation
/// wakes this CPU.
[[gnu::cold, gnu::noinline]] bool is_unstarted(Guest& guest, Vcpu& vcpu, VcpuView& view, Vmpl level) {
    const auto& slot = view.slots[slot_index(level)];
    while (!begin_service(vcpu, view, slot)) refresh(guest, vcpu, view);
    const bool has_run = !slot.is_present() || !has_never_run(slot.vmsa);
    end_service(vcpu);
    if (has_run) return false;
    const SharedGuard lock{guest.lock, *vcpu.reader};
    return vcpu.slot(level).vmsas == 1;
}

/// Whether a level that did not call may run. It may after HLT: a host that leaves the start to the SVSM
/// wakes this CPU to report AP creation. [docs/adr/0040]
[[gnu::cold]] bool may_run(Guest& guest, Vcpu& vcpu, VcpuView& view, const Next& next, Phase phase) {
    if (next.turn == Turn::Answered || (next.turn == Turn::Continues && phase != Phase::Run)) return true;
    return !is_unstarted(guest, vcpu, view, next.level);
}

/// Uses the MSR after a call: that needs no field of the GHCB. Uses the event for any other level, because
/// the host can refuse it; at an MSR request for a level that it does not know it would end the VM.
bool run(const Next& next) {
    return next.turn == Turn::Answered ? ghcb::run_vmpl(next.level) : ghcb::run_vmpl_by_event(next.level);
}

}  // namespace

void run_somebody(Guest& guest, Vcpu& vcpu, VcpuView& view, std::optional<Next> next, Phase phase) {
    for (unsigned refusals = 0;; next = serve_rest(guest, vcpu, view, Outcome::Changed)) {
        const bool may_ask = next && may_run(guest, vcpu, view, *next, phase);
        if (may_ask) {
            if (phase != Phase::Refusal && run(*next)) return;
            // The reply is the host's claim, read when this level runs again. Whatever it says, a guest that
            // has run and called gets its answer.
            if (phase == Phase::Refusal) phase = Phase::Run;
            if (serve_any(guest, vcpu, view, Outcome::Changed) != Outcome::NoCall) continue;
            if (phase == Phase::Launch) machine::terminate(abi::adyton::Termination::GuestLaunch);
            if (++refusals < most_refusals) {
                machine::pause();
                continue;
            }
        }
        // The vCPU has no level, or its guest has deleted itself, or the host denies service, which it can.
        machine::halt();
        phase = Phase::Rest;
        refusals = 0;
    }
}

}  // namespace svsm
