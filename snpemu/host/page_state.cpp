// SPDX-License-Identifier: MIT
// Pages that change hands between guest and host. [GHCB "Page State Change"]
#include <utility>

#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/iommu.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

/// Host policy: what runs below VMPL0 must not talk the host into taking the SVSM's pages away - neither
/// those of the region that the image asked for, nor a page through which some VMPL0 talks to the host.
bool is_protected(const Machine& m, const Vcpu& caller, Gpa page, PageSize size) {
    if (caller.current == abi::Vmpl::Vmpl0) return false;
    if (m.adversary == Adversary::GuestTakesSvsmPage || m.adversary == Adversary::ImplicitConversion)
        return false;
    const GpaRange range{page, page + bytes_of(size)};
    if (range.overlaps(m.required_memory)) return true;
    for (unsigned i = 0; i < m.cpu_count; ++i) {
        const VmplSlot& svsm = m.vcpus[i]->slots[0];
        if (svsm.ghcb_registered && range.contains(svsm.registered_ghcb)) return true;
    }
    return false;
}

/// "Done", says the host, and does nothing.
bool lies_about(const Machine& m, Gpa page) {
    if (m.adversary == Adversary::PscLies) return true;
    return m.adversary == Adversary::GuestPscLies && !m.required_memory.contains(page);
}

/// Decides how a page becomes noise: true for "at the first look", false for "now, by the caller". What a
/// device may write must not change afterwards, so what the host gets is filled at once. The caller holds
/// `rmp_lock`.
bool prepare_noise(const Machine& machine, Gpa page, PageSize size, bool to_guest) {
    const GuestRam& ram = machine.ram;
    const model::NestedMap& map = machine.rmp.map();
    const auto whole = map.find_as_one(page, size);
    if (size == PageSize::Size4K || !whole) {
        // Its neighbours: they share a granule.
        for (std::uint64_t done = 0; done < bytes_of(size); done += page_bytes)
            ram.settle(*map.find(page + done));
        return false;
    }
    const SpaRange range{*whole, *whole + bytes_of(size)};
    if (to_guest && ram.noise.owe(range)) return true;
    ram.noise.forgive(range);
    return false;
}

/// Noise for the new owner, now. The caller holds `page_state_lock`: nobody shows other pages meanwhile.
void scramble(const Machine& machine, Gpa page, PageSize size) {
    const model::NestedMap& map = machine.rmp.map();
    const auto fill = [&](Spa at, std::uint64_t bytes) { fill_with_noise(machine.ram.at(at), at, bytes); };
    if (const auto whole = map.find_as_one(page, size)) return fill(*whole, bytes_of(size));
    for (std::uint64_t done = 0; done < bytes_of(size); done += page_bytes)
        fill(*map.find(page + done), page_bytes);
}

/// Adversary: takes the last page of the SVSM's region away while the guest's memory is prepared, as if to
/// give the memory behind it to the guest.
void rebind_page(Machine& machine, GpaRange taken) {
    const Gpa page = machine.required_memory.end - page_bytes;
    if (machine.required_memory.overlaps(taken) ||
        machine.rmp.unassign(page, PageSize::Size4K) != abi::RmpResult::Success)
        return;
    (void)machine.rmp.assign(page, PageSize::Size4K);
    machine.owes_flush |= hide_page(machine, page, PageSize::Size4K, model::Encryption::Private);
    machine.adversary = Adversary::None;  // once
}

/// The new owner has all of it already, as one page of this size.
bool is_there(const model::Rmp& rmp, Gpa page, PageSize size, bool to_guest) {
    for (std::uint64_t done = 0; done < bytes_of(size); done += page_bytes)
        if (!rmp.contains(page + done)) return false;
    if (size == PageSize::Size4K) return rmp.entry(page).assigned == to_guest;
    if (to_guest) return rmp.entry(page).assigned && rmp.entry(page).large;
    for (std::uint64_t done = 0; done < bytes_of(size); done += page_bytes)
        if (rmp.entry(page + done).assigned) return false;
    return true;
}

}  // namespace

namespace {

bool change(Machine& machine, Vcpu& vcpu, Gpa page, PageSize size, abi::PscOperation operation) {
    using abi::PscOperation;
    if (operation == PscOperation::Smash || operation == PscOperation::Unsmash) return true;  // hints
    {
        const LockGuard guard{machine.rmp_lock};
        if (operation == PscOperation::Private && machine.is_fatal_hole(page)) stop_in_hole(vcpu, page);
    }
    if (!page.is_aligned(bytes_of(size)) || !machine.ram.contains(page, bytes_of(size))) return false;
    if (machine.adversary == Adversary::PscRefused || is_protected(machine, vcpu, page, size)) return false;
    if (operation == PscOperation::Private && lies_about(machine, page)) return true;

    // One change at a time: nobody may assign the page anew between its removal here and its scrambling.
    const LockGuard one_change{machine.page_state_lock};
    const bool to_guest = operation == PscOperation::Private;
    const GpaRange pages{page, page + bytes_of(size)};
    bool was_visible = false, is_filled_later = false;
    {
        const LockGuard guard{machine.rmp_lock};
        if (machine.adversary == Adversary::RebindsPage) rebind_page(machine, pages);
        // A page that is already there keeps its contents and its validity.
        if (is_there(machine.rmp, page, size, to_guest)) return true;
        const abi::RmpResult done =
            to_guest ? machine.rmp.assign(page, size) : machine.rmp.unassign(page, size);
        if (done != abi::RmpResult::Success) return false;
        if (to_guest)
            machine.stale.begin(pages);
        else
            machine.stale.end(pages);
        // Both aliases: among 512 small pages that become a large one there may be some of the new owner's.
        was_visible = hide_page(machine, page, size, model::Encryption::Shared);
        was_visible |= hide_page(machine, page, size, model::Encryption::Private);
        // The guest may have hidden this very page itself, with PVALIDATE, and not flushed.
        was_visible |= std::exchange(machine.owes_flush, false);
        is_filled_later = prepare_noise(machine, page, size, to_guest);
        // What the guest validates is beyond the host's reach, so PVALIDATE has to wait until the page is
        // noise.
        if (!is_filled_later || was_visible) machine.changing_hands = pages;
        // Nor may a device hold on to it: what it writes from now on would be the guest's private memory.
        // Under the lock, because from its end on the guest may validate the page.
        if (to_guest) {
            machine.devices.hide(pages);
            iommu::forget(pages);
        }
    }
    // Unlike the guest's own instructions a host flushes: no CPU may hold on to the old owner's view.
    if (was_visible) invalidate_remote(machine, vcpu);
    if (!is_filled_later) scramble(machine, page, size);
    const LockGuard guard{machine.rmp_lock};
    machine.changing_hands = {};
    // Devices come last: they are to find noise, not what the guest left behind.
    if (!to_guest) show_to_devices(machine, page, size);
    return true;
}

}  // namespace

bool change_page_state(Machine& machine, Vcpu& vcpu, Gpa page, PageSize size, abi::PscOperation operation) {
    using abi::adyton::trace::PageStateDetail;
    const bool done = change(machine, vcpu, page, size, operation);
    const auto detail = static_cast<std::uint16_t>(
        static_cast<unsigned>(operation) | (size == PageSize::Size2M ? PageStateDetail::size_2m : 0u));
    trace::note(vcpu, trace::Kind::PageState, {.detail = detail, .value = done ? 0u : 1u, .a = page.value()});
    return done;
}

std::uint64_t change_page_states(Machine& machine, Vcpu& vcpu, abi::PscBuffer& buffer) {
    auto& header = const_cast<volatile abi::PscHeader&>(buffer.header);
    const std::uint16_t end = header.end_entry;
    std::uint16_t current = header.cur_entry;
    if (end >= abi::psc_max_entries || current > end) return abi::PscError::invalid_header;
    for (; current <= end; ++current) {
        header.cur_entry = current;
        const std::uint64_t entry = const_cast<volatile std::uint64_t&>(buffer.entries[current]);
        using E = abi::PscEntry;
        const PageSize size = E::Is2M::test(entry) ? PageSize::Size2M : PageSize::Size4K;
        const std::uint64_t pages = bytes_of(size) / page_bytes;
        const auto operation = E::Operation::get(entry);
        const Gpa page{entry & E::Gfn::mask};
        // Page by page progress inside an entry is never reported by this host, so none may come in.
        if (!page.is_aligned(bytes_of(size)) || E::CurPage::get(entry) > pages || operation == 0 ||
            operation > 4)
            return abi::PscError::invalid_entry;
        if (!change_page_state(machine, vcpu, page, size, static_cast<abi::PscOperation>(operation)))
            return abi::PscError::generic;
        buffer.entries[current] = E::CurPage::set(entry, pages);
    }
    header.cur_entry = current;
    return 0;
}

}  // namespace snpemu
