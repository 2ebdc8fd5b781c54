// SPDX-License-Identifier: MIT
#include "tests/fuzz/sequence/svsm_view.hpp"

#include "svsm/request/request.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fuzz {

SvsmView::SvsmView(sim::Machine& machine, abi::Vmpl level) : machine_{machine} {
    auto& guest = *guest_;
    guest.vmpl = level;
    guest.sev_features = 1;
    guest.vcpu_count = cpus;
    expect(guest.ram.add({Gpa{0}, memory_end}) && guest.ram.remove(svsm_region), "no memory map");
    guest.objects.set_svsm(svsm_region);
    for (unsigned i = 0; i < cpus; ++i) {
        auto& vcpu = guest.vcpus[i];
        vcpu.index = i;
        vcpu.apic_id = apic_ids[i];
        vcpu.is_boot = i == 0;
        vcpu.scratch = &scratch_[i];
        if (i + 1 < cpus) guest.set_vcpu(vcpu, level, first_vmsa(i), first_calling_area(i));
    }
}

void SvsmView::run(unsigned cpu) { svsm::svsm_request_loop(*guest_, guest_->vcpus[cpu]); }

Places SvsmView::places(unsigned cpu) const {
    Places places;
    const auto& vcpu = guest_->vcpus[cpu];
    if (vcpu.present) expect(places.push_back({vcpu.vmpl, vcpu.vmsa, vcpu.calling_area}), "too many levels");
    return places;
}

Kind SvsmView::kind(Gpa page) const {
    const GpaRange range{page, page + page_bytes};
    if (svsm_region.overlaps(range)) return Kind::Svsm;
    if (guest_->objects.conflicts_except_calling_areas(range)) return Kind::Vmsa;
    return guest_->objects.is_calling_area(page) ? Kind::CallingArea : Kind::Ordinary;
}

bool SvsmView::windows_are_tidy(unsigned cpu) const {
    const sim::Cpu bound{machine_, cpu};
    const auto places = this->places(cpu);
    if (places.empty()) return true;
    return machine_.window_target(machine::Window::Vmsa) == places[0].vmsa &&
           machine_.window_target(machine::Window::CallingArea) == places[0].calling_area;
}

}  // namespace fuzz
