// SPDX-License-Identifier: MIT
// The instructions that a guest needs and C++ cannot express: one function each.
#pragma once
#include <cstdint>

#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"

namespace guest {

[[nodiscard]] inline std::uint64_t read_msr(abi::Msr msr) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return std::uint64_t{high} << 32 | low;
}

inline void write_msr(abi::Msr msr, std::uint64_t value) {
    asm volatile("wrmsr" : : "c"(msr), "a"(static_cast<std::uint32_t>(value)), "d"(value >> 32) : "memory");
}

/// Leaves this VMPL; the hypervisor acts on the GHCB MSR or page. Memory may have changed afterwards. F3 0F
/// 01 D9: clang 19 has no mnemonic for it, and both assemblers take the prefix as an instruction of its own.
inline void vmgexit() { asm volatile("rep; vmmcall" : : : "memory"); }

inline void load_idt(const abi::DescriptorTablePointer& table) { asm volatile("lidt %0" : : "m"(table)); }

[[nodiscard]] inline std::uint64_t read_cr2() {
    std::uint64_t value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

inline void pause() { __builtin_ia32_pause(); }

/// Ends this vCPU: nothing wakes a guest without interrupts.
[[noreturn]] inline void park() {
    for (;;) asm volatile("hlt" : : : "memory");
}

/// RMPADJUST of the 4 KiB page at `page`; returns EAX. [APM3 "RMPADJUST"]
[[nodiscard]] inline std::uint32_t rmpadjust(std::uint64_t page, std::uint64_t attributes) {
    std::uint64_t result = page;
    asm volatile("rmpadjust" : "+a"(result) : "c"(0ull), "d"(attributes) : "memory", "cc");
    return static_cast<std::uint32_t>(result);
}

}  // namespace guest
