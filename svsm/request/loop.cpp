// SPDX-License-Identifier: MIT
// The life of a CPU after the boot: serve a call, let the guest run, and again.
#include <algorithm>

#include "abi/snp/vmsa.hpp"
#include "machine/machine.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/guest/svme_guard.hpp"
#include "svsm/request/request.hpp"

namespace svsm {
namespace {

using abi::Vmpl;
using machine::map_window, machine::unmap_window;

/// The VMSA that the slot names, in its window.
void remap_vmsa(const Slot& slot, SlotView& view) {
    const auto window = machine::vmsa_window(view.level);
    if (view.is_present()) {
        if (slot.present && view.generation == slot.generation) return;
        unmap_window(window);
        view.vmsa = Va{};
    }
    if (!slot.present) return;
    view.generation = slot.generation;
    view.vmsa_page = slot.vmsa;
    view.vmsa = map_window(window, slot.vmsa);
}

/// The calling area that the slot names, in its window.
void remap_calling_area(GuestPages& pages, Slot& slot, SlotView& view) {
    const auto window = machine::calling_area_window(view.level);
    if (view.calling_area != Va{}) {
        if (slot.present && slot.shown == slot.calling_area) return;
        unmap_window(window);
        view.calling_area = Va{};
        // Only now is the old calling area out of our reach, so only now may its page become anything else.
        if (slot.shown != nowhere) pages.change<PageState::CallingArea, PageState::Guests>(slot.shown);
        slot.shown = nowhere;
    }
    if (!slot.present) return;
    slot.shown = slot.calling_area;
    view.calling_area = map_window(window, slot.calling_area);
}

/// What changed at one level.
[[gnu::noinline]] void remap_slot(GuestPages& pages, Slot& slot, SlotView& view) {
    view.changed = slot.changed;
    remap_vmsa(slot, view);
    remap_calling_area(pages, slot, view);
}

/// Rare: a VMSA was created, replaced or deleted, or a calling area moved.
[[gnu::cold]] void remap(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const ExclusiveGuard lock{guest.lock};
    view.generation = vcpu.generation.load(std::memory_order_relaxed);
    static_assert(std::tuple_size_v<decltype(view.slots)> == std::tuple_size_v<decltype(vcpu.slots)>);
#pragma clang loop unroll(full)
    for (std::size_t i = 0; i < guest_levels.size(); ++i)
        if (view.slots[i].changed != vcpu.slots[i].changed)
            remap_slot(guest.pages, vcpu.slots[i], view.slots[i]);
    const auto highest = std::ranges::find_if(view.slots, &SlotView::is_present);
    view.highest = highest == view.slots.end() ? view.slots.data() : &*highest;
}

/// Announces that this CPU works on the level of `slot`, and makes sure that its windows are up to date.
/// Whoever takes a VMSA or calling area away bumps the generation and looks at the announcement; we announce
/// and look at the generation. One of the two sees the other. False when there was a change, and then nothing
/// is announced.
bool begin_service(Vcpu& vcpu, const VcpuView& view, const SlotView& slot) {
    vcpu.in_service.exchange(slot.level, std::memory_order_seq_cst);
    if (vcpu.generation.load(std::memory_order_seq_cst) == view.generation) [[likely]]
        return true;
    vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
    return false;
}

Outcome serve_level(Guest& guest, Vcpu& vcpu, const VcpuView& view, const SlotView& slot) {
    if (!begin_service(vcpu, view, slot)) return Outcome::Changed;
    const auto outcome = slot.is_present() ? process_one_request(guest, vcpu, slot) : Outcome::NoCall;
    vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
    return outcome;
}

/// All levels in order of privilege, but `asked`: the host, or another level, may have run any of them.
Outcome ask_in_order(Guest& guest, Vcpu& vcpu, VcpuView& view, const SlotView* asked) {
    for (auto& slot : view.slots) {
        if (&slot == asked || !slot.is_present()) continue;
        const auto outcome = serve_level(guest, vcpu, view, slot);
        if (outcome == Outcome::NoCall) continue;
        view.last = &slot;
        return outcome;
    }
    return Outcome::NoCall;
}

/// Serves a call of any level, after the highest one's `outcome`.
[[gnu::cold, gnu::noinline]] Outcome serve_any(Guest& guest, Vcpu& vcpu, VcpuView& view, Outcome outcome) {
    if (outcome == Outcome::NoCall) outcome = ask_in_order(guest, vcpu, view, view.highest);
    while (outcome == Outcome::Changed) {
        refresh(guest, vcpu, view);
        outcome = ask_in_order(guest, vcpu, view, nullptr);
    }
    return outcome;
}

/// The usual call: the most privileged level has made it.
[[gnu::always_inline]] inline Outcome serve_highest(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    auto& highest = *view.highest;
    const auto outcome = serve_level(guest, vcpu, view, highest);
    if (outcome == Outcome::Served) view.last = &highest;
    return outcome;
}

/// Maps anew what changed. False when the caller's level has another VMSA by now, or none.
[[gnu::cold, gnu::noinline]] bool refresh_caller(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const auto answered = view.last->generation;
    remap(guest, vcpu, view);
    return view.last->is_present() && view.last->generation == answered;
}

/// After a call was served: the caller's VMSA is still its level's.
[[gnu::always_inline]] inline bool is_caller_there(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    return vcpu.generation.load(std::memory_order_acquire) == view.generation ||
           refresh_caller(guest, vcpu, view);
}

/// When there is nobody to answer: the level that ran last runs on, or the most privileged one that there is.
[[gnu::cold]] std::optional<Next> choose_next(VcpuView& view) {
    if (!view.last->is_present()) view.last = view.highest;
    if (!view.last->is_present()) return std::nullopt;
    return Next{view.last->level, Turn::Continues};
}

/// The caller runs next, even if its call replaced its own vCPU's VMSA. But the host may have started the new
/// one already, in the middle of our work, and it may have called: it would be run again unanswered. So a
/// level whose VMSA changed is looked at once more.
[[gnu::cold, gnu::noinline]] std::optional<Next> look_again(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                                            SlotView& caller) {
    auto outcome = Outcome::Changed;
    for (; outcome == Outcome::Changed; refresh(guest, vcpu, view))
        outcome = serve_level(guest, vcpu, view, caller);
    view.last = &caller;
    if (!caller.is_present()) return choose_next(view);
    return Next{caller.level, outcome == Outcome::Served ? Turn::Answered : Turn::Replaced};
}

/// What is left of `serve` when the highest level was not served.
[[gnu::cold, gnu::noinline]] std::optional<Next> serve_rest(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                                            Outcome outcome) {
    if (serve_any(guest, vcpu, view, outcome) != Outcome::Served) {
        refresh(guest, vcpu, view);
        return choose_next(view);
    }
    if (!is_caller_there(guest, vcpu, view)) return look_again(guest, vcpu, view, *view.last);
    return Next{view.last->level, Turn::Answered};
}

/// What this CPU comes from.
enum class Phase : std::uint8_t {
    Launch,   ///< nothing of the guest's has ever run
    Rest,     ///< HLT: somebody wants this CPU
    Run,      ///< Run VMPL
    Refusal,  ///< Run VMPL for the one who is next, and the reply says no
};

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
    vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
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

/// Everything but "answer the caller and run it": returns when somebody has run.
[[gnu::cold, gnu::noinline]] void run_somebody(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                               std::optional<Next> next, Phase phase) {
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

}  // namespace

void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    if (vcpu.generation.load(std::memory_order_acquire) != view.generation) remap(guest, vcpu, view);
}

std::optional<Next> serve(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const auto outcome = serve_highest(guest, vcpu, view);
    if (outcome != Outcome::Served) return serve_rest(guest, vcpu, view, outcome);
    if (!is_caller_there(guest, vcpu, view)) return look_again(guest, vcpu, view, *view.last);
    return Next{view.last->level, Turn::Answered};
}

void svsm_request_loop(Guest& guest, Vcpu& vcpu) {
    VcpuView view;
    run_somebody(guest, vcpu, view, serve_rest(guest, vcpu, view, Outcome::Changed),
                 vcpu.is_boot ? Phase::Launch : Phase::Rest);
    // As `serve`, with what is not usual out of the way: all of a usual call is here.
    for (;;) {
        const auto outcome = serve_highest(guest, vcpu, view);
        if (outcome != Outcome::Served) [[unlikely]] {
            run_somebody(guest, vcpu, view, serve_rest(guest, vcpu, view, outcome), Phase::Run);
        } else if (!is_caller_there(guest, vcpu, view)) [[unlikely]] {
            run_somebody(guest, vcpu, view, look_again(guest, vcpu, view, *view.last), Phase::Run);
        } else if (const auto level = view.last->level; !ghcb::run_vmpl(level)) [[unlikely]] {
            run_somebody(guest, vcpu, view, Next{level, Turn::Answered}, Phase::Refusal);
        }
    }
}

}  // namespace svsm
