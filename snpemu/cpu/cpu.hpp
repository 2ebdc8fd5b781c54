// SPDX-License-Identifier: MIT
// The instructions of the real (QEMU's) CPU that the machine uses; one statement each.
#pragma once
#include <cstdint>

#include "abi/x86/registers.hpp"

namespace snpemu::cpu {

inline std::uint64_t read_msr(std::uint32_t msr) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return std::uint64_t{high} << 32 | low;
}
inline void write_msr(std::uint32_t msr, std::uint64_t value) {
    asm volatile("wrmsr"
                 :
                 : "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32)),
                   "c"(msr)
                 : "memory");
}
struct CpuidResult {
    std::uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(std::uint32_t function, std::uint32_t sub = 0) {
    CpuidResult r;
    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(function), "c"(sub));
    return r;
}
inline std::uint64_t timestamp() {
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return std::uint64_t{high} << 32 | low;
}
inline void pause() { __builtin_ia32_pause(); }
inline void disable_interrupts() { asm volatile("cli" : : : "memory"); }
/// Global interrupt flag: while it is clear, NMIs wait too. VMRUN lets them through to the guest, as an exit.
inline void clear_global_interrupts() { asm volatile("clgi" : : : "memory"); }
inline void set_global_interrupts() { asm volatile("stgi" : : : "memory"); }
/// CPU 0 only: sleeps until an interrupt or NMI came; interrupts are off before and after. The shadow of STI
/// closes the gap to HLT for interrupts, not for an NMI.
inline void wait_for_interrupt() { asm volatile("sti; hlt; cli" : : : "memory"); }
inline std::uint64_t read_cr4() {
    std::uint64_t value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}
inline std::uint64_t read_cr2() {
    std::uint64_t value;
    asm volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

inline void out8(std::uint16_t port, std::uint8_t value) {
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
inline void out16(std::uint16_t port, std::uint16_t value) {
    asm volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}
inline void out32(std::uint16_t port, std::uint32_t value) {
    asm volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}
inline std::uint8_t in8(std::uint16_t port) {
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline std::uint16_t in16(std::uint16_t port) {
    std::uint16_t value;
    asm volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
inline std::uint32_t in32(std::uint16_t port) {
    std::uint32_t value;
    asm volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/// 512-byte image of the x87 and SSE registers, 16-aligned.
inline void save_fpu(void* image) { asm volatile("fxsave64 (%0)" : : "r"(image) : "memory"); }
inline void restore_fpu(const void* image) { asm volatile("fxrstor64 (%0)" : : "r"(image) : "memory"); }

}  // namespace snpemu::cpu
