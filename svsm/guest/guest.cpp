// SPDX-License-Identifier: MIT
#include "svsm/guest/guest.hpp"

namespace svsm {

Vcpu* Guest::find_vcpu(std::uint64_t apic_id) {
    for (auto& vcpu : all_vcpus())
        if (vcpu.apic_id == apic_id) return &vcpu;
    return nullptr;
}

/// An area that no slot names any more becomes an ordinary page, unless a CPU has it in use right now: then
/// that CPU lets it go when it remaps (request/loop.cpp). The generation has been bumped before, so a CPU
/// that is not seen in service here remaps before it uses its windows again.
void Guest::abandon_calling_area(Vcpu& vcpu, abi::Vmpl level, Gpa calling_area) {
    auto& slot = vcpu.slot(level);
    if (slot.shown == calling_area) {
        if (vcpu.in_service.load(std::memory_order_seq_cst) == level) return;
        slot.shown.reset();
    }
    objects.remove(calling_area);
}

bool Guest::stop_service(Vcpu& vcpu, abi::Vmpl level) {
    vcpu.generation.fetch_add(1, std::memory_order_seq_cst);
    return vcpu.in_service.load(std::memory_order_seq_cst) != level;
}

void Guest::set_vcpu(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa, Gpa calling_area) {
    auto& slot = vcpu.slot(level);
    const auto old = slot;
    objects.add(vmsa, {ObjectKind::Vmsa, level, vcpu.index});
    const bool keeps_area = old.present && old.calling_area == calling_area;
    if (!keeps_area) objects.add(calling_area, {ObjectKind::CallingArea, level, vcpu.index});
    slot.present = true;
    slot.vmsa = vmsa;
    slot.calling_area = calling_area;
    slot.generation = vcpu.generation.fetch_add(1, std::memory_order_seq_cst) + 1;
    if (old.present && !keeps_area) abandon_calling_area(vcpu, level, old.calling_area);
}

void Guest::move_calling_area(Vcpu& vcpu, abi::Vmpl level, Gpa calling_area) {
    auto& slot = vcpu.slot(level);
    const auto old = slot.calling_area;
    objects.add(calling_area, {ObjectKind::CallingArea, level, vcpu.index});
    slot.calling_area = calling_area;
    vcpu.generation.fetch_add(1, std::memory_order_seq_cst);
    abandon_calling_area(vcpu, level, old);
}

void Guest::remove_vmsa(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa) {
    objects.remove(vmsa);
    auto& slot = vcpu.slot(level);
    if (!slot.present || slot.vmsa != vmsa) return;
    slot.present = false;
    vcpu.generation.fetch_add(1, std::memory_order_seq_cst);
    abandon_calling_area(vcpu, level, slot.calling_area);
}

}  // namespace svsm
