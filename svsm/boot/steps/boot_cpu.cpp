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

BootResult make_vcpus(mm::Memory& memory, Guest& guest, std::uint32_t count) {
    const auto readers = TRY(memory.make_array<SharedLock::Reader>(count));
    guest.vcpus = TRY(memory.make_array<Vcpu>(count));
    for (std::uint32_t i = 0; auto& vcpu : guest.vcpus) {
        vcpu.reader = &readers[i];
        vcpu.index = i++;
    }
    guest.vcpus.front().is_boot = true;
    guest.lock.start(readers);
    return {};
}

BootResult build_boot_cpu(mm::Memory& memory, Guest& guest, cpu::Cpu& cpu) {
    cpu.guest = &guest;
    cpu.vcpu = &guest.vcpus[0];
    cpu.apic_id = cpu.vcpu->apic_id;
    cpu.vcpu->scratch = TRY(memory.make<PageBuffer>());
    return cpu::build_cpu_area(memory, cpu);
}

}  // namespace svsm
