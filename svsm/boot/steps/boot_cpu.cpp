// SPDX-License-Identifier: MIT
#include "svsm/boot/keys.hpp"
#include "svsm/boot/steps/steps.hpp"
#include "svsm/cpu/cpu_area.hpp"

namespace svsm {

BootResult move_keys(mm::Memory& memory, abi::SecretsPage& secrets) {
    auto* keys = TRY(memory.make<KeyPage>());
    memory.keys = memory.linear.gpa(keys);
    take_keys(*keys, secrets);
    return {};
}

BootResult build_boot_cpu(mm::Memory& memory, Guest& guest, cpu::Cpu& cpu, const ApicIds& ids) {
    guest.vcpu_count = static_cast<std::uint32_t>(ids.size());
    for (std::uint32_t i = 0; auto& vcpu : guest.all_vcpus()) {
        vcpu.apic_id = ids[i];
        vcpu.index = i++;
        vcpu.is_boot = vcpu.index == 0;
    }
    cpu.guest = &guest;
    cpu.vcpu = &guest.vcpus[0];
    cpu.apic_id = cpu.vcpu->apic_id;
    cpu.vcpu->scratch = TRY(memory.make<PageBuffer>());
    guest.lock.set_cpus(guest.vcpu_count);
    return cpu::build_cpu_area(memory, cpu);
}

}  // namespace svsm
