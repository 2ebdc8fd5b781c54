// SPDX-License-Identifier: MIT
#include "svsm/cpu/smp.hpp"

#include "abi/x86/registers.hpp"
#include "machine/machine.hpp"
#include "svsm/cpu/cpu_area.hpp"
#include "svsm/cpu/ghcb_page.hpp"
#include "svsm/cpu/instructions.hpp"
#include "svsm/cpu/tables.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/guest/rights.hpp"
#include "svsm/log.hpp"
#include "svsm/request/request.hpp"

namespace svsm {
namespace {

using cpu::ApStatus;
using cpu::Cpu;

/// First C++ of an application processor; RDI and RSP come from its VMSA.
[[noreturn]] void ap_entry(Cpu& cpu) {
    cpu::load_tables(cpu);
    if (const auto registered = cpu::register_ghcb(cpu); !registered) machine::terminate(registered.error());
    // Release: a CPU that reads Started also sees everything this CPU has set up.
    cpu.status.store(ApStatus::Started, std::memory_order_release);
    machine::halt();  // until the guest's own processor makes its first call
    svsm_request_loop(*cpu.guest, *cpu.vcpu);
}

/// Makes what `vcpu` needs at VMPL0: area with stacks and windows, descriptor tables, GHCB, a page for lists.
BootExpected<Cpu*> make_cpu(mm::Memory& memory, Guest& guest, Vcpu& vcpu) {
    auto* cpu = TRY(memory.make<Cpu>());
    cpu->index = vcpu.index;
    cpu->apic_id = vcpu.apic_id;
    cpu->guest = &guest;
    cpu->vcpu = &vcpu;
    TRY_VOID(cpu::build_cpu_area(memory, *cpu));
    cpu::build_gdt(*cpu);
    auto* ghcb = TRY(memory.make<abi::Ghcb>());
    TRY_VOID(cpu::share_ghcb(memory, *cpu, ghcb));
    vcpu.scratch = TRY(memory.make<PageBuffer>());
    return cpu;
}

/// Allocates a page, never at a multiple of 2 MiB, fills it and turns it into a VMSA that only
/// VMPL0 can access.
BootExpected<Gpa> make_svsm_vmsa(mm::Memory& memory, const Cpu& cpu, const Guest& guest) {
    const auto page = TRY(memory.pages.allocate_for_vmsa());
    auto& vmsa = *memory.linear.object<abi::Vmsa>(page);
    vmsa = abi::Vmsa{};
    create_svsm_vmsa(vmsa, cpu, guest);
    if (!make_vmsa(memory.linear.va(page), abi::Vmpl::Vmpl0)) return std::unexpected{Termination::OwnMemory};
    return page;
}

BootResult ap_start(mm::Memory& memory, Guest& guest, Cpu& cpu) {
    const auto vmsa = TRY(make_svsm_vmsa(memory, cpu, guest));
    cpu.status.store(ApStatus::Starting, std::memory_order_release);
    const bool accepted = ghcb::ap_create({.request = abi::ApCreationRequest::Create,
                                           .apic_id = cpu.apic_id,
                                           .vmpl = abi::Vmpl::Vmpl0,
                                           .vmsa = vmsa,
                                           .sev_features = guest.sev_features});
    if (!accepted) return std::unexpected{Termination::ApCreation};
    return {};
}

BootResult wait_for(const Cpu& cpu) {
    const auto begin = machine::timestamp();
    while (cpu.status.load(std::memory_order_acquire) != ApStatus::Started) {
        if (machine::timestamp() - begin > ap_start_ticks) return std::unexpected{Termination::ApTimeout};
        machine::pause();
    }
    return {};
}

/// Brings one processor from Offline to Started.
BootResult bring_up(mm::Memory& memory, Guest& guest, Vcpu& vcpu) {
    auto* cpu = TRY(make_cpu(memory, guest, vcpu));
    TRY_VOID(ap_start(memory, guest, *cpu));
    return wait_for(*cpu);
}

}  // namespace

void create_svsm_vmsa(abi::Vmsa& vmsa, const Cpu& cpu, const Guest& guest) {
    using abi::Efer;
    constexpr std::uint16_t code_segment = 0x29a;  // L, P, S, code, readable
    const auto gdt = cpu::gdt_pointer(cpu), idt = cpu::idt_pointer();
    vmsa.cs = {cpu::Selector::code, code_segment, ~0u, 0};
    vmsa.tr = {cpu::Selector::tss, abi::SegmentAttributes::tss_available, sizeof cpu.tss - 1,
               reinterpret_cast<std::uint64_t>(&cpu.tss)};
    vmsa.gs.base = reinterpret_cast<std::uint64_t>(&cpu);
    vmsa.gdtr = {0, 0, gdt.limit, gdt.base};
    vmsa.idtr = {0, 0, idt.limit, idt.base};
    vmsa.cr0 = 0x8001'0033;  // PG WP NE ET MP PE
    vmsa.cr3 = cpu::read_cr3();
    vmsa.cr4 = cpu::read_cr4();
    vmsa.efer = Efer::svme | Efer::nxe | Efer::lma | Efer::lme;
    abi::VmsaReset::put_into(vmsa);
    vmsa.vmpl = static_cast<std::uint8_t>(abi::Vmpl::Vmpl0);
    vmsa.sev_features = guest.sev_features;
    guest.clock.put_into(vmsa);
    vmsa.rip = reinterpret_cast<std::uint64_t>(&ap_entry);
    // The ABI requires RSP 8 below a multiple of 16 at a function's first instruction, as after a CALL.
    vmsa.rsp = cpu.stack_top.value() - sizeof(std::uint64_t);
    vmsa.rdi = vmsa.gs.base;
}

BootResult smp_init(mm::Memory& memory, Guest& guest) {
    const auto aps = guest.vcpus.size() - 1;
    log("> Starting SMP for {} APs:", aps);
    for (auto& vcpu : guest.vcpus.subspan(1)) {
        if (const auto up = bring_up(memory, guest, vcpu); !up) {
            log("-- AP {}/{} failed: {}", vcpu.index, aps,
                abi::adyton::termination_text[static_cast<std::size_t>(up.error())]);
            return up;
        }
        log("-- AP {}/{} initialized.", vcpu.index, aps);
    }
    return {};
}

}  // namespace svsm
