// SPDX-License-Identifier: MIT
// Descriptor tables: one GDT and TSS per CPU, one IDT for all.
#pragma once
#include <cstdint>

#include "svsm/cpu/cpu.hpp"

namespace svsm::cpu {

struct Selector {
    static constexpr std::uint16_t code = 0x08, data = 0x10, tss = 0x18;
};

/// Stacks that an exception switches to. From the step "boot CPU" on each has its own, because a #VC may
/// interrupt the handler of an NMI. Before that step one page serves all three.
enum class Ist : std::uint8_t { None = 0, Vc = 1, DoubleFault = 2, Nmi = 3 };
inline constexpr std::size_t ist_count = 3;

void set_exception_stack(Cpu& cpu, Ist which, Va top);
/// Fills the IDT that all CPUs share. Called once, on the boot CPU.
void build_idt();
[[nodiscard]] abi::DescriptorTablePointer gdt_pointer(const Cpu& cpu);
[[nodiscard]] abi::DescriptorTablePointer idt_pointer();
/// Fills the CPU's GDT with its TSS in it.
void build_gdt(Cpu& cpu);
/// Makes the running CPU use `cpu`: GS base, GDT, TSS, IDT. From here on exceptions are caught.
void load_tables(Cpu& cpu);

}  // namespace svsm::cpu
