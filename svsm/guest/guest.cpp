// SPDX-License-Identifier: MIT
#include "svsm/guest/guest.hpp"

namespace svsm {
namespace {

/// Tells the vCPU's own CPU that the slot changed. All bumps happen under the lock, so the store cannot lose
/// one. It is an exchange, which orders it before the load of `in_service` that follows.
std::uint64_t bump(Vcpu& vcpu, Slot& slot) {
    slot.changed = vcpu.generation.load(std::memory_order_relaxed) + 1;
    vcpu.generation.exchange(slot.changed, std::memory_order_seq_cst);
    return slot.changed;
}

}  // namespace

Vcpu* Guest::find_vcpu(std::uint64_t apic_id) {
    for (auto& vcpu : vcpus)
        if (vcpu.apic_id == apic_id) return &vcpu;
    return nullptr;
}

Surroundings Guest::look_around(Gpa page) {
    const Gpa begin{page.value() & ~(large_page_bytes - 1)};
    const auto range = page_range(begin, PageSize::Size2M);
    if (!range) return {};
    return {*range, ram.contains(*range) && !pages.svsm().overlaps(*range), pages.block_around(page),
            &regions.of(page)};
}

/// An area that no slot names any more becomes an ordinary page, unless a CPU uses it right now: then that
/// CPU releases it when it remaps (request/view.cpp). The generation was bumped before, so a CPU that is not
/// in service here remaps before it uses its windows again.
void Guest::abandon_calling_area(const Vcpu& vcpu, abi::Vmpl level, Slot& slot, Gpa calling_area) {
    if (slot.shown == calling_area) {
        if (vcpu.in_service.load(std::memory_order_seq_cst) == level) return;
        slot.shown = nowhere;
    }
    pages.change<PageState::CallingArea, PageState::Guests>(calling_area);
}

bool Guest::stop_service(Vcpu& vcpu, abi::Vmpl level) {
    bump(vcpu, vcpu.slot(level));
    return vcpu.in_service.load(std::memory_order_seq_cst) != level;
}

void Guest::set_vcpu(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa, Gpa calling_area) {
    auto& slot = vcpu.slot(level);
    const auto old_area = slot.calling_area;
    const auto had_area = slot.present;
    const auto keeps_area = had_area && old_area == calling_area;
    const PageOwner owner{level, vcpu.index};
    // The guest's first VMSA is the SVSM's own page, which no call can name.
    if (!pages.svsm().contains(vmsa)) pages.change<PageState::Dirty, PageState::Vmsa>(vmsa, owner);
    if (!keeps_area) pages.change<PageState::Guests, PageState::CallingArea>(calling_area, owner);
    slot.present = true;
    ++slot.vmsas;
    slot.vmsa = vmsa;
    slot.calling_area = calling_area;
    slot.generation = bump(vcpu, slot);
    if (had_area && !keeps_area) abandon_calling_area(vcpu, level, slot, old_area);
}

void Guest::move_calling_area(Vcpu& vcpu, abi::Vmpl level, Slot& slot, Gpa calling_area) {
    const auto old = slot.calling_area;
    pages.change<PageState::Guests, PageState::CallingArea>(calling_area, {level, vcpu.index});
    slot.calling_area = calling_area;
    bump(vcpu, slot);
    abandon_calling_area(vcpu, level, slot, old);
}

void Guest::remove_vmsa(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa) {
    pages.change<PageState::Vmsa, PageState::Dirty>(vmsa);
    auto& slot = vcpu.slot(level);
    --slot.vmsas;
    if (!slot.present || slot.vmsa != vmsa) return;
    slot.present = false;
    bump(vcpu, slot);
    abandon_calling_area(vcpu, level, slot, slot.calling_area);
}

}  // namespace svsm
