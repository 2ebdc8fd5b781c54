// SPDX-License-Identifier: MIT
// Pages that change hands between guest and host. [GHCB "Page State Change"]
#include <utility>

#include "model/host/page_state.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/iommu.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

using host::Act, host::Moment;

/// True when the VMPL0 of some vCPU has its registered GHCB in this range.
bool holds_svsm_ghcb(const Machine& m, GpaRange range) {
    for (const Vcpu* vcpu : std::span{m.vcpus}.first(m.cpu_count)) {
        const VmplSlot& svsm = vcpu->slots[0];
        if (svsm.ghcb_registered && range.contains(svsm.registered_ghcb)) return true;
    }
    return false;
}

host::PageScene scene_of(Machine& machine, const Vcpu& caller, const host::PageChange& asked) {
    host::PageScene scene{.caller = caller.current,
                          .is_ram = machine.ram.contains(asked.page, bytes_of(asked.size)),
                          .svsm_memory = machine.required_memory,
                          .protects_svsm = !is_kvm(machine)};  // KVM protects no level from another
    if (caller.current == abi::Vmpl::Vmpl0 || is_kvm(machine)) return scene;
    scene.is_svsm_ghcb = holds_svsm_ghcb(machine, asked.range());
    scene.protects_svsm =
        !machine.hooks.waits_for(Moment::ProtectsPage) ||
        !lies_at(machine, caller, Moment::ProtectsPage, asked.page.value(), asked.range().size())
             .has(Act::Allow);
    return scene;
}

/// Decides when a page becomes noise: true for a deferred scramble, false for one by the caller, now. A page
/// that the host gets is filled at once: a device may write it next, and a later fill would destroy that.
bool prepare_noise(const Machine& machine, Gpa page, PageSize size, bool to_guest)
    REQUIRES(machine.rmp_lock) {
    const GuestRam& ram = machine.ram;
    const model::NestedMap& map = machine.rmp.map();
    const auto whole = map.find_as_one(page, size);
    if (size == PageSize::Size4K || !whole) {
        // Fills neighbours first, which share a granule with the page.
        for (std::uint64_t done = 0; done < bytes_of(size); done += page_bytes)
            ram.settle(*map.find(page + done));
        return false;
    }
    const SpaRange range{*whole, *whole + bytes_of(size)};
    if (to_guest && ram.noise.owe(range)) return true;
    ram.noise.forgive(range);
    return false;
}

/// Fills the page with noise for its new owner, now. Reads the host's map without `rmp_lock`: every write to
/// the map holds both locks, and filling a page under `rmp_lock` would hold up every other CPU's page faults.
void scramble(const Machine& machine, Gpa page, PageSize size)
    REQUIRES(machine.page_state_lock) NO_THREAD_SAFETY_ANALYSIS {
    const model::NestedMap& map = machine.rmp.map();
    const auto fill = [&](Spa at, std::uint64_t bytes) { fill_with_noise(machine.ram.at(at), at, bytes); };
    if (const auto whole = map.find_as_one(page, size)) return fill(*whole, bytes_of(size));
    for (std::uint64_t done = 0; done < bytes_of(size); done += page_bytes)
        fill(*map.find(page + done), page_bytes);
}

/// Adversary: takes the last page of the SVSM's region away while the SVSM prepares the guest's memory, as if
/// to give the memory behind it to the guest. Happens once.
void rebind_page(Machine& machine) REQUIRES(machine.rmp_lock) {
    const Gpa page = machine.required_memory.end - page_bytes;
    if (machine.rmp.unassign(page, PageSize::Size4K) != abi::RmpResult::Success) return;
    (void)machine.rmp.assign(page, PageSize::Size4K);
    machine.owes_flush |= hide_page(machine, page, PageSize::Size4K);
    machine.hooks.retire(Act::Rebind);
}

/// The result of a change under `rmp_lock`, and the work that is left without it.
struct Handover {
    bool is_granted = false, has_moved = false;
    bool was_visible = false;      ///< a CPU may still use the old owner's view
    bool is_filled_later = false;  ///< by a deferred scramble
};

/// Changes the owner in the RMP entry, and unmaps the old owner's view everywhere.
Handover hand_over(Machine& machine, const host::PageChange& asked) REQUIRES(machine.rmp_lock) {
    // A page that belongs to its new owner already keeps its contents and its validity.
    if (host::is_done_already(machine.rmp, asked)) return {.is_granted = true};
    const auto [page, size, operation] = asked;
    const abi::RmpResult moved =
        asked.to_guest() ? machine.rmp.assign(page, size) : machine.rmp.unassign(page, size);
    if (moved != abi::RmpResult::Success) return {};
    if (asked.to_guest())
        machine.stale.begin(asked.range());
    else
        machine.stale.end(asked.range());
    bool was_visible = hide_page(machine, page, size);
    // The guest may have unmapped this very page itself, by PVALIDATE, without a flush.
    was_visible |= std::exchange(machine.owes_flush, false);
    const bool is_filled_later = prepare_noise(machine, page, size, asked.to_guest());
    // The host may not change a page that the guest has validated, so PVALIDATE waits until the
    // page is noise.
    if (!is_filled_later || was_visible) machine.changing_hands = asked.range();
    // Devices lose the page too: a later write of theirs would go to the guest's private memory. Under the
    // lock, because the guest may validate the page once the lock is free.
    if (asked.to_guest()) {
        machine.devices.hide(asked.range());
        iommu::forget(asked.range());
    }
    return {true, true, was_visible, is_filled_later};
}

bool carry_out(Machine& machine, Vcpu& vcpu, const host::PageChange& asked, bool rebinds) {
    // One change at a time: no other vCPU may assign the page between its removal here and its scrambling.
    const LockGuard one_change{machine.page_state_lock};
    Handover handover;
    {
        const LockGuard guard{machine.rmp_lock};
        if (rebinds) rebind_page(machine);
        handover = hand_over(machine, asked);
    }
    if (!handover.has_moved) return handover.is_granted;
    // Unlike the guest's own instructions a host flushes: no CPU may keep the old owner's view.
    if (handover.was_visible) invalidate_remote(machine, vcpu);
    if (!handover.is_filled_later) scramble(machine, asked.page, asked.size);
    const LockGuard guard{machine.rmp_lock};
    machine.changing_hands = {};
    // Devices get the page last, when it is noise and holds none of the guest's data.
    if (!asked.to_guest()) show_to_devices(machine, asked.page, asked.size);
    return true;
}

/// Ends the VM when the guest asks for private memory in a hole where this host has none.
void stop_at_fatal_hole(Machine& machine, const Vcpu& vcpu, const host::PageChange& asked) {
    bool is_fatal = false;
    {
        const LockGuard guard{machine.rmp_lock};
        is_fatal = asked.to_guest() && machine.is_fatal_hole(asked.page);
    }
    if (is_fatal) stop_in_hole(vcpu, asked.page);
}

/// A page that is no RAM of the guest.
bool grants_hole(const Machine& machine, const Vcpu& vcpu, const host::PageChange& asked) {
    const auto action = host::plan_hole(machine.host, asked);
    if (action == host::HoleAction::EndVm) stop_in_hole(vcpu, asked.page);
    return action == host::HoleAction::Grant;
}

bool change(Machine& machine, Vcpu& vcpu, const host::PageChange& asked) {
    stop_at_fatal_hole(machine, vcpu, asked);
    if (const auto checked = host::check_change(asked, scene_of(machine, vcpu, asked)); !checked)
        return checked.error() == host::PageRefusal::OutsideRam && grants_hole(machine, vcpu, asked);
    if (asked.is_hint()) return true;
    const Moment moment = asked.to_guest() ? Moment::GivesPage : Moment::TakesPage;
    if (!machine.hooks.waits_for(moment)) return carry_out(machine, vcpu, asked, false);
    const host::Due lies = lies_at(machine, vcpu, moment, asked.page.value(), asked.range().size());
    if (lies.has(Act::Refuse)) return false;
    if (lies.has(Act::Claim)) return true;
    return carry_out(machine, vcpu, asked, lies.has(Act::Rebind));
}

}  // namespace

bool change_page_state(Machine& machine, Vcpu& vcpu, const host::PageChange& asked) {
    using abi::adyton::trace::PageStateDetail;
    const bool done = change(machine, vcpu, asked);
    const auto detail =
        static_cast<std::uint16_t>(static_cast<unsigned>(asked.operation) |
                                   (asked.size == PageSize::Size2M ? PageStateDetail::size_2m : 0u));
    trace::note(vcpu, trace::Kind::PageState,
                {.detail = detail, .value = done ? 0u : 1u, .a = asked.page.value()});
    return done;
}

std::uint64_t change_page_states(Machine& machine, Vcpu& vcpu, abi::PscBuffer& list, host::PscRules rules) {
    host::PscWalk walk{list, rules};
    while (const auto asked = walk.next()) {
        if (!change_page_state(machine, vcpu, *asked)) {
            walk.refuse();
            break;
        }
        walk.made();
    }
    return walk.info_2();
}

}  // namespace snpemu
