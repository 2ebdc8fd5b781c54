// SPDX-License-Identifier: MIT
#include "tests/fuzz/sequence/svsm_view.hpp"

#include <algorithm>

#include "svsm/request/request.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fuzz {

SvsmView::SvsmView(sim::Machine& machine, abi::Vmpl level) : machine_{machine} {
    auto& guest = *guest_;
    guest.vmpl = level;
    guest.sev_features = 1;
    guest.vcpus = vcpus_;
    expect(guest.ram.add({Gpa{0}, memory_end}) && guest.ram.remove(svsm_region), "no memory map");
    guest.lock.start(readers_);
    start_pages();
    guest.startup_vmsa = first_vmsa(0);
    for (unsigned i = 0; i < cpus; ++i) {
        auto& vcpu = guest.vcpus[i];
        vcpu.index = i;
        vcpu.apic_id = apic_ids[i];
        vcpu.is_boot = i == 0;
        vcpu.scratch = &scratch_[i];
        vcpu.reader = &readers_[i];
        if (i + 1 == cpus) continue;
        guest.pages.change<svsm::PageState::Guests, svsm::PageState::Dirty>(first_vmsa(i));
        guest.set_vcpu(vcpu, level, first_vmsa(i), first_calling_area(i));
    }
}

/// The launch validated what is valid at the start, and the SVSM records it.
void SvsmView::start_pages() {
    auto& pages = guest_->pages;
    // Room for three of the four regions of 2 MiB: sometimes a call is busy.
    pages.start(svsm_region, svsm::RamBlocks{guest_->ram}, states_, directory_, regions_);
    for (Gpa page{0}; page < memory_end; page = page + page_bytes)
        if (machine_.entry(page).validated && !svsm_region.contains(page))
            pages.change<svsm::PageState::NotValidated, svsm::PageState::Guests>(page);
}

void SvsmView::run(unsigned cpu) { svsm::svsm_request_loop(*guest_, guest_->vcpus[cpu]); }

Places SvsmView::places(unsigned cpu) const {
    Places places;
    for (const auto level : guest_levels) {
        const auto& slot = guest_->vcpus[cpu].slot(level);
        if (slot.present) expect(places.push_back({level, slot.vmsa, slot.calling_area}), "too many levels");
    }
    return places;
}

Kind SvsmView::kind(Gpa page) const {
    if (svsm_region.contains(page)) return Kind::Svsm;
    switch (guest_->pages.state(page)) {
        case svsm::PageState::NotValidated:
        case svsm::PageState::Guests: return Kind::Ordinary;
        case svsm::PageState::Dirty: return Kind::Dirty;
        case svsm::PageState::Vmsa: return Kind::Vmsa;
        case svsm::PageState::CallingArea: return Kind::CallingArea;
        case svsm::PageState::Deposited: return Kind::Deposited;
    }
    finding("the SVSM's table names a state that does not exist");
}

bool SvsmView::is_guests(Gpa page) const { return guest_->pages.state(page) == svsm::PageState::Guests; }

bool SvsmView::is_not_validated(Gpa page) const {
    return !svsm_region.contains(page) && guest_->pages.state(page) == svsm::PageState::NotValidated;
}

bool SvsmView::has_open_window(unsigned cpu) const {
    const sim::Cpu bound{machine_, cpu};
    using enum machine::Window;
    return std::ranges::any_of(std::array{List, Scratch4K, Scratch2M}, [&](machine::Window window) {
        return machine_.window_target(window).has_value();
    });
}

bool SvsmView::shows_places(unsigned cpu) const {
    const sim::Cpu bound{machine_, cpu};
    return std::ranges::all_of(guest_levels, [&](abi::Vmpl level) {
        const auto& slot = guest_->vcpus[cpu].slot(level);
        const auto wanted = [&](Gpa page) { return slot.present ? std::optional{page} : std::nullopt; };
        return machine_.window_target(machine::vmsa_window(level)) == wanted(slot.vmsa) &&
               machine_.window_target(machine::calling_area_window(level)) == wanted(slot.calling_area);
    });
}

}  // namespace fuzz
