// SPDX-License-Identifier: MIT
// Builds and loads the descriptor tables.
#include "svsm/cpu/tables.hpp"

#include "abi/snp/exit_code.hpp"
#include "base/bits.hpp"
#include "svsm/cpu/exception.hpp"
#include "svsm/cpu/instructions.hpp"

namespace svsm::cpu {
namespace {

constinit std::array<abi::Gate, exception_count> idt{};

constexpr Ist ist_of(std::size_t vector) {
    switch (static_cast<abi::Vector>(vector)) {
        case abi::Vector::Vc: return Ist::Vc;
        case abi::Vector::DoubleFault: return Ist::DoubleFault;
        case abi::Vector::Nmi:
        case abi::Vector::Hv: return Ist::Nmi;  // with restricted injection there are no NMIs
        default: return Ist::None;
    }
}

/// Lower half of the 16-byte descriptor of an available 64-bit TSS. [APM2 "System Descriptors"]
constexpr std::uint64_t tss_descriptor_low(std::uint64_t base) {
    return Bits<15, 0>::put(sizeof(abi::TaskState) - 1) | Bits<39, 16>::put(Bits<23, 0>::get(base)) |
           Bits<47, 40>::put(abi::SegmentAttributes::tss_available) |
           Bits<63, 56>::put(Bits<31, 24>::get(base));
}
static_assert(tss_descriptor_low(0xffff'ffff'8123'4567) == 0x8100'8923'4567'0067);

}  // namespace

void set_exception_stack(Cpu& cpu, Ist which, Va top) {
    cpu.tss.ist[static_cast<std::size_t>(which) - 1] = top.value();
}

void build_idt() {
    for (std::size_t vector = 0; vector < idt.size(); ++vector) {
        const auto stub = reinterpret_cast<std::uint64_t>(&exception_stubs) + vector * exception_stub_bytes;
        idt[vector] = abi::interrupt_gate(stub, Selector::code, static_cast<std::uint8_t>(ist_of(vector)));
    }
}

abi::DescriptorTablePointer gdt_pointer(const Cpu& cpu) {
    return {sizeof cpu.gdt - 1, reinterpret_cast<std::uint64_t>(cpu.gdt.data())};
}

abi::DescriptorTablePointer idt_pointer() {
    return {sizeof idt - 1, reinterpret_cast<std::uint64_t>(idt.data())};
}

void build_gdt(Cpu& cpu) {
    const auto base = reinterpret_cast<std::uint64_t>(&cpu.tss);
    cpu.tss.io_map_base = sizeof cpu.tss;  // beyond the limit: no bitmap
    cpu.gdt = {0, abi::DescriptorValue::code64, abi::DescriptorValue::data, tss_descriptor_low(base),
               base >> 32};
}

void load_tables(Cpu& cpu) {
    write_msr(abi::Msr::GsBase, reinterpret_cast<std::uint64_t>(&cpu));
    // CS and SS keep the selectors of the VMSA, which mean the same in this GDT.
    load_gdt(gdt_pointer(cpu));
    load_task_register(Selector::tss);
    load_idt(idt_pointer());
}

}  // namespace svsm::cpu
