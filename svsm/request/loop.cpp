// SPDX-License-Identifier: MIT
// The life of a CPU after the boot: serve a call, let the guest run, and again.
#include <algorithm>

#include "machine/machine.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
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

/// When there is nobody to answer: the level that ran last runs on, or the most privileged one that there is.
[[gnu::cold]] std::optional<Vmpl> choose_next(VcpuView& view) {
    if (!view.last->is_present()) view.last = view.highest;
    if (!view.last->is_present()) return std::nullopt;
    return view.last->level;
}

/// What is left of `serve` when the highest level was not served.
[[gnu::cold, gnu::noinline]] std::optional<Vmpl> serve_rest(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                                            Outcome outcome) {
    outcome = serve_any(guest, vcpu, view, outcome);
    refresh(guest, vcpu, view);
    return outcome == Outcome::Served ? view.last->level : choose_next(view);
}

}  // namespace

void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    if (vcpu.generation.load(std::memory_order_acquire) != view.generation) remap(guest, vcpu, view);
}

std::optional<Vmpl> serve(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    auto& highest = *view.highest;
    const auto outcome = serve_level(guest, vcpu, view, highest);
    if (outcome != Outcome::Served) [[unlikely]]
        return serve_rest(guest, vcpu, view, outcome);
    view.last = &highest;
    // The caller runs next, even if its call replaced its own vCPU's VMSA.
    refresh(guest, vcpu, view);
    return highest.level;
}

void svsm_request_loop(Guest& guest, Vcpu& vcpu) {
    VcpuView view;
    bool launching = vcpu.is_boot;
    for (;;) {
        const auto next = serve(guest, vcpu, view);
        if (!next) {
            machine::halt();  // woken without a reason, or its guest deleted itself
            continue;
        }
        if (ghcb::run_vmpl(*next)) [[likely]] {
            launching = false;
            continue;
        }
        // The reply is the host's word, read when this level runs again: whatever it says, a guest that has
        // run and called is not left waiting.
        if (serve_any(guest, vcpu, view, Outcome::Changed) != Outcome::NoCall) continue;
        if (launching) machine::terminate(abi::adyton::Termination::GuestLaunch);
        machine::halt();  // the host denies service: it may
    }
}

}  // namespace svsm
