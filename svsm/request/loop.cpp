// SPDX-License-Identifier: MIT
// The life of a CPU after the boot: serve a call, let the guest run, and again.
#include <algorithm>

#include "machine/machine.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/request/request.hpp"

namespace svsm {
namespace {

using abi::Vmpl;
using machine::map_window, machine::unmap_window;

void unmap(SlotView& view, Vmpl level) {
    if (!view.present) return;
    unmap_window(machine::vmsa_window(level));
    unmap_window(machine::calling_area_window(level));
    view.present = false;
}

/// What the slot says now, in windows. Under the lock.
void remap_slot(PrivateObjects& objects, Slot& slot, SlotView& view, Vmpl level) {
    const auto is_shown = slot.present && slot.shown == slot.calling_area;
    if (is_shown && view.present && view.generation == slot.generation) return;
    unmap(view, level);
    // Only now is the old calling area out of our reach, so only now may its page become anything else.
    if (slot.shown && !is_shown) objects.remove(*slot.shown);
    slot.shown.reset();
    if (!slot.present) return;
    slot.shown = slot.calling_area;
    view = {true, slot.generation, slot.vmsa, map_window(machine::vmsa_window(level), slot.vmsa),
            map_window(machine::calling_area_window(level), slot.calling_area)};
}

/// Rare: a VMSA was created, replaced or deleted, or a calling area moved.
void remap(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const ExclusiveGuard lock{guest.lock};
    view.generation = vcpu.generation.load(std::memory_order_relaxed);
    for (const auto level : guest_levels)
        remap_slot(guest.objects, vcpu.slot(level), view.slots[slot_index(level)], level);
}

/// Announces that this CPU works on `level`, and makes sure that its windows are up to date. Whoever takes a
/// VMSA or calling area away bumps the generation and looks at the announcement; we announce and look at the
/// generation. One of the two sees the other. False when there is no such level, and then nothing is
/// announced.
bool begin_service(Guest& guest, Vcpu& vcpu, VcpuView& view, Vmpl level) {
    for (;;) {
        vcpu.in_service.exchange(level, std::memory_order_seq_cst);
        if (vcpu.generation.load(std::memory_order_seq_cst) == view.generation) break;
        vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
        remap(guest, vcpu, view);
    }
    if (view.slot(level).present) return true;
    vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
    return false;
}

Outcome serve_level(Guest& guest, Vcpu& vcpu, VcpuView& view, Vmpl level) {
    if (!begin_service(guest, vcpu, view, level)) return Outcome::NoCall;
    const auto outcome = process_one_request(guest, vcpu, view, level);
    vcpu.in_service.store(Vmpl::Vmpl0, std::memory_order_release);
    return outcome;
}

/// The most privileged level that the vCPU has.
std::optional<Vmpl> first_present(const VcpuView& view) {
    const auto found =
        std::ranges::find_if(guest_levels, [&](Vmpl level) { return view.slot(level).present; });
    return found == guest_levels.end() ? std::nullopt : std::optional{*found};
}

/// The levels that did not run last: the host, or another level, may have run one of them since.
Outcome serve_others(Guest& guest, Vcpu& vcpu, VcpuView& view, Vmpl tried) {
    for (const auto level : guest_levels) {
        if (level == tried) continue;
        const auto outcome = serve_level(guest, vcpu, view, level);
        if (outcome == Outcome::NoCall) continue;
        view.last = level;
        return outcome;
    }
    return Outcome::NoCall;
}

}  // namespace

void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    if (vcpu.generation.load(std::memory_order_acquire) != view.generation) remap(guest, vcpu, view);
}

std::optional<Vmpl> serve(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    auto outcome = serve_level(guest, vcpu, view, view.last);
    if (outcome == Outcome::NoCall) outcome = serve_others(guest, vcpu, view, view.last);
    refresh(guest, vcpu, view);
    // The caller runs next, even if its call replaced its own vCPU's VMSA.
    if (outcome == Outcome::Served || view.slot(view.last).present) return view.last;
    const auto next = first_present(view);
    if (next) view.last = *next;
    return next;
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
