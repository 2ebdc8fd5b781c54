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
void remap_calling_area(PrivateObjects& objects, Slot& slot, SlotView& view) {
    const auto window = machine::calling_area_window(view.level);
    if (view.calling_area != Va{}) {
        if (slot.present && slot.shown == slot.calling_area) return;
        unmap_window(window);
        view.calling_area = Va{};
        // Only now is the old calling area out of our reach, so only now may its page become anything else.
        if (slot.shown != nowhere) objects.remove(slot.shown);
        slot.shown = nowhere;
    }
    if (!slot.present) return;
    slot.shown = slot.calling_area;
    view.calling_area = map_window(window, slot.calling_area);
}

/// Rare: a VMSA was created, replaced or deleted, or a calling area moved.
[[gnu::cold]] void remap(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const ExclusiveGuard lock{guest.lock};
    view.generation = vcpu.generation.load(std::memory_order_relaxed);
    for (auto& each : view.slots) {
        auto& slot = vcpu.slot(each.level);
        if (each.changed == slot.changed) continue;
        each.changed = slot.changed;
        remap_vmsa(slot, each);
        remap_calling_area(guest.objects, slot, each);
    }
}

/// Announces that this CPU works on the level of `slot`, and makes sure that its windows are up to date.
/// Whoever takes a VMSA or calling area away bumps the generation and looks at the announcement; we announce
/// and look at the generation. One of the two sees the other. False when there is no such level, and then
/// nothing is announced.
bool begin_service(Guest& guest, Vcpu& vcpu, VcpuView& view, const SlotView& slot) {
    for (;;) {
        vcpu.in_service.exchange(slot.level, std::memory_order_seq_cst);
        if (vcpu.generation.load(std::memory_order_seq_cst) == view.generation) [[likely]]
            break;
        vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
        remap(guest, vcpu, view);
    }
    if (slot.is_present()) [[likely]]
        return true;
    vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
    return false;
}

Outcome serve_level(Guest& guest, Vcpu& vcpu, VcpuView& view, const SlotView& slot) {
    if (!begin_service(guest, vcpu, view, slot)) return Outcome::NoCall;
    const auto outcome = process_one_request(guest, vcpu, slot);
    vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
    return outcome;
}

/// The levels that did not run last: the host, or another level, may have run one of them since.
[[gnu::cold]] Outcome serve_others(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    for (auto& slot : view.slots) {
        if (&slot == view.last) continue;
        const auto outcome = serve_level(guest, vcpu, view, slot);
        if (outcome == Outcome::NoCall) continue;
        view.last = &slot;
        return outcome;
    }
    return Outcome::NoCall;
}

/// When there is nobody to answer: the level that ran last runs on, or the most privileged one that there is.
[[gnu::cold]] std::optional<Vmpl> choose_next(VcpuView& view) {
    if (!view.last->is_present()) {
        const auto found = std::ranges::find_if(view.slots, &SlotView::is_present);
        if (found == view.slots.end()) return std::nullopt;
        view.last = &*found;
    }
    return view.last->level;
}

}  // namespace

void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    if (vcpu.generation.load(std::memory_order_acquire) != view.generation) remap(guest, vcpu, view);
}

std::optional<Vmpl> serve(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    auto outcome = serve_level(guest, vcpu, view, *view.last);
    if (outcome == Outcome::NoCall) [[unlikely]]
        outcome = serve_others(guest, vcpu, view);
    refresh(guest, vcpu, view);
    // The caller runs next, even if its call replaced its own vCPU's VMSA.
    if (outcome == Outcome::Served) [[likely]]
        return view.last->level;
    return choose_next(view);
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
        if (!ghcb::run_vmpl(*next)) {
            if (launching) machine::terminate(abi::adyton::Termination::GuestLaunch);
            machine::halt();  // the host denies service: it may
        }
        launching = false;
    }
}

}  // namespace svsm
