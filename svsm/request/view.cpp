// SPDX-License-Identifier: MIT
// Keeps this CPU's windows equal to the guest's slots.
#include <algorithm>

#include "machine/machine.hpp"
#include "svsm/request/serve.hpp"

namespace svsm {
namespace {

using machine::map_window, machine::unmap_window;

/// Maps the slot's VMSA in its window.
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

/// Maps the slot's calling area in its window.
void remap_calling_area(GuestPages& pages, Slot& slot, SlotView& view) {
    const auto window = machine::calling_area_window(view.level);
    if (view.calling_area != Va{}) {
        if (slot.present && slot.shown == slot.calling_area) return;
        unmap_window(window);
        view.calling_area = Va{};
        // Only now has this CPU unmapped the old calling area, so only now may its page become anything else.
        if (slot.shown != nowhere) pages.change<PageState::CallingArea, PageState::Guests>(slot.shown);
        slot.shown = nowhere;
    }
    if (!slot.present) return;
    slot.shown = slot.calling_area;
    view.calling_area = map_window(window, slot.calling_area);
}

/// Remaps one level's windows where its slot has changed.
[[gnu::noinline]] void remap_slot(GuestPages& pages, Slot& slot, SlotView& view) {
    view.changed = slot.changed;
    remap_vmsa(slot, view);
    remap_calling_area(pages, slot, view);
}

/// Remaps all levels. Rare: a VMSA was created, replaced or deleted, or a calling area has moved.
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

}  // namespace

void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    if (vcpu.generation.load(std::memory_order_acquire) != view.generation) remap(guest, vcpu, view);
}

bool refresh_caller(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const auto answered = view.last->generation;
    remap(guest, vcpu, view);
    return view.last->is_present() && view.last->generation == answered;
}

}  // namespace svsm
