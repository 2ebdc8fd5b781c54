// SPDX-License-Identifier: MIT
// Privileged instructions that only the SVSM's set-up needs: one per function.
#pragma once
#include <cstdint>

#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"

namespace svsm::cpu {

inline void load_gdt(const abi::DescriptorTablePointer& gdt) { asm volatile("lgdt %0" : : "m"(gdt)); }
inline void load_idt(const abi::DescriptorTablePointer& idt) { asm volatile("lidt %0" : : "m"(idt)); }
inline void load_task_register(std::uint16_t selector) {
    asm volatile("ltr %0" : : "r"(selector) : "memory");
}

inline void write_msr(abi::Msr msr, std::uint64_t value) {
    asm volatile("wrmsr" : : "c"(msr), "a"(value), "d"(value >> 32) : "memory");
}

/// Root of the page tables in use, C-bit included.
inline std::uint64_t read_cr3() {
    std::uint64_t value;
    asm volatile("movq %%cr3, %0" : "=r"(value));
    return value;
}

inline std::uint64_t read_cr4() {
    std::uint64_t value;
    asm volatile("movq %%cr4, %0" : "=r"(value));
    return value;
}
inline void write_cr4(std::uint64_t value) { asm volatile("movq %0, %%cr4" : : "r"(value) : "memory"); }

/// Address of the last page fault.
inline std::uint64_t read_cr2() {
    std::uint64_t value;
    asm volatile("movq %%cr2, %0" : "=r"(value));
    return value;
}

inline void write_cr2(std::uint64_t value) { asm volatile("movq %0, %%cr2" : : "r"(value)); }

}  // namespace svsm::cpu
