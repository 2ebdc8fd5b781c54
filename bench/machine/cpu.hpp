// SPDX-License-Identifier: MIT
// The instructions of this program that C++ cannot express: one function each.
#pragma once
#include <cstdint>

#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"

namespace bench {

[[nodiscard]] inline std::uint64_t read_tsc() {
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return std::uint64_t{high} << 32 | low;
}
[[nodiscard]] inline std::uint64_t read_msr(abi::Msr msr) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return std::uint64_t{high} << 32 | low;
}
/// A request to the host, as programs make it: WRMSR of the GHCB MSR and, directly behind it, VMGEXIT.
inline void ask(std::uint64_t ghcb_msr) {
    asm volatile("wrmsr\n rep; vmmcall"
                 :
                 : "c"(abi::Msr::Ghcb), "a"(static_cast<std::uint32_t>(ghcb_msr)), "d"(ghcb_msr >> 32)
                 : "memory");
}
inline void cpuid(std::uint32_t function) {
    std::uint32_t eax = function, ebx, ecx = 0, edx;
    asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
}
inline std::uint8_t in8(std::uint16_t port) {
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "d"(port));
    return value;
}
/// EAX. [APM3 "PVALIDATE"]
inline std::uint32_t pvalidate(std::uint64_t va, bool validate) {
    std::uint64_t rax = va;
    asm volatile("pvalidate"
                 : "+a"(rax)
                 : "c"(0ull), "d"(static_cast<std::uint64_t>(validate))
                 : "memory", "cc");
    return static_cast<std::uint32_t>(rax);
}
/// As kernels set it: QEMU flushes once more at each entry and exit when SMEP or SMAP is another than the machine's.
inline void guard_kernel() {
    std::uint64_t cr4;
    asm volatile("mov %%cr4, %0" : "=r"(cr4));
    asm volatile("mov %0, %%cr4" : : "r"(cr4 | abi::Cr4::smep | abi::Cr4::smap) : "memory");
}
inline void invlpg(std::uint64_t va) { asm volatile("invlpg (%0)" : : "r"(va) : "memory"); }
inline void load_idt(const abi::DescriptorTablePointer& table) { asm volatile("lidt %0" : : "m"(table)); }

}  // namespace bench
