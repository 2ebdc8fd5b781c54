// SPDX-License-Identifier: MIT
#include "svsm/guest/guest.hpp"

namespace svsm {

Vcpu* Guest::find_vcpu(std::uint64_t apic_id) {
    for (auto& vcpu : all_vcpus())
        if (vcpu.apic_id == apic_id) return &vcpu;
    return nullptr;
}

void Guest::set_vcpu(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa, Gpa calling_area) {
    objects.add(vmsa, ObjectKind::Vmsa, vcpu.index);
    objects.add(calling_area, ObjectKind::CallingArea, vcpu.index);
    vcpu.vmpl = level;
    vcpu.vmsa = vmsa;
    vcpu.calling_area = calling_area;
    vcpu.present = true;
    vcpu.generation.fetch_add(1, std::memory_order_release);
}

}  // namespace svsm
