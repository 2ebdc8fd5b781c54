// SPDX-License-Identifier: MIT
// The instructions of the real (QEMU's) CPU that the machine uses; one statement each.
#pragma once
#include <array>
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
inline void enable_interrupts() { asm volatile("sti" : : : "memory"); }
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
inline void write_cr4(std::uint64_t value) { asm volatile("mov %0, %%cr4" : : "r"(value) : "memory"); }
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

inline void write_dr7(std::uint64_t value) { asm volatile("mov %0, %%dr7" : : "r"(value) : "memory"); }
inline std::uint64_t read_dr7() {
    std::uint64_t value;
    asm volatile("mov %%dr7, %0" : "=r"(value));
    return value;
}
inline std::array<std::uint64_t, 4> read_breakpoints() {
    std::array<std::uint64_t, 4> dr;
    asm volatile("mov %%dr0, %0" : "=r"(dr[0]));
    asm volatile("mov %%dr1, %0" : "=r"(dr[1]));
    asm volatile("mov %%dr2, %0" : "=r"(dr[2]));
    asm volatile("mov %%dr3, %0" : "=r"(dr[3]));
    return dr;
}
inline void write_breakpoints(const std::array<std::uint64_t, 4>& dr) {
    asm volatile("mov %0, %%dr0" : : "r"(dr[0]));
    asm volatile("mov %0, %%dr1" : : "r"(dr[1]));
    asm volatile("mov %0, %%dr2" : : "r"(dr[2]));
    asm volatile("mov %0, %%dr3" : : "r"(dr[3]));
}

// The following six need CR4.OSXSAVE, the last two CR4.PKE.
inline std::uint64_t read_xcr0() {
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32 | low;
}
inline void write_xcr0(std::uint64_t value) {
    asm volatile("xsetbv"
                 :
                 : "c"(0), "a"(static_cast<std::uint32_t>(value)),
                   "d"(static_cast<std::uint32_t>(value >> 32))
                 : "memory");
}
/// XSAVE image in the standard format, 64-aligned; `parts` as in XCR0.
inline void save_extended(void* image, std::uint32_t parts) {
    asm volatile("xsave64 (%0)" : : "r"(image), "a"(parts), "d"(0) : "memory");
}
inline void restore_extended(const void* image, std::uint32_t parts) {
    asm volatile("xrstor64 (%0)" : : "r"(image), "a"(parts), "d"(0) : "memory");
}
inline std::uint32_t read_pkru() {
    std::uint32_t value;
    asm volatile("rdpkru" : "=a"(value) : "c"(0) : "edx");
    return value;
}
inline void write_pkru(std::uint32_t value) { asm volatile("wrpkru" : : "a"(value), "c"(0), "d"(0)); }

/// 512-byte image of the x87 and SSE registers, 16-aligned.
inline void save_fpu(void* image) { asm volatile("fxsave64 (%0)" : : "r"(image) : "memory"); }
inline void restore_fpu(const void* image) { asm volatile("fxrstor64 (%0)" : : "r"(image) : "memory"); }

}  // namespace snpemu::cpu
