// SPDX-License-Identifier: MIT
// Registers that a rule sets and looks at and C++ does not know of: x87, SSE, AVX, debug
// registers, XCR0, PKRU.
#pragma once
#include <cstdint>

namespace rules {

/// RDTSCP's ECX.
[[nodiscard]] inline std::uint32_t rdtscp_aux() {
    std::uint32_t aux;
    asm volatile("rdtscp" : "=c"(aux) : : "eax", "edx");
    return aux;
}

#define RULES_DEBUG_REGISTER(name)                                  \
    [[nodiscard]] inline std::uint64_t read_##name() {              \
        std::uint64_t value;                                        \
        asm volatile("mov %%" #name ", %0" : "=r"(value));          \
        return value;                                               \
    }                                                               \
    inline void write_##name(std::uint64_t value) {                 \
        asm volatile("mov %0, %%" #name : : "r"(value) : "memory"); \
    }
RULES_DEBUG_REGISTER(dr1)
RULES_DEBUG_REGISTER(dr2)
RULES_DEBUG_REGISTER(dr3)
RULES_DEBUG_REGISTER(dr5)
#undef RULES_DEBUG_REGISTER

/// The low quadwords of XMM7 and XMM9.
inline void set_xmm7(std::uint64_t value) { asm volatile("movq %0, %%xmm7" : : "r"(value)); }
[[nodiscard]] inline std::uint64_t get_xmm7() {
    std::uint64_t value;
    asm volatile("movq %%xmm7, %0" : "=r"(value));
    return value;
}
inline void set_xmm9(std::uint64_t value) { asm volatile("movq %0, %%xmm9" : : "r"(value)); }
[[nodiscard]] inline std::uint64_t get_xmm9() {
    std::uint64_t value;
    asm volatile("movq %%xmm9, %0" : "=r"(value));
    return value;
}
[[nodiscard]] inline std::uint16_t read_fcw() {
    std::uint16_t value;
    asm volatile("fnstcw %0" : "=m"(value));
    return value;
}

/// XCR0; #UD without CR4.OSXSAVE.
inline void write_xcr(std::uint32_t number, std::uint64_t value) {
    asm volatile("xsetbv"
                 :
                 : "c"(number), "a"(static_cast<std::uint32_t>(value)),
                   "d"(static_cast<std::uint32_t>(value >> 32))
                 : "memory");
}
inline void write_xcr0(std::uint64_t value) { write_xcr(0, value); }
[[nodiscard]] inline std::uint64_t read_xcr0() {
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32 | low;
}
/// Bits 191:128 of YMM0; #UD unless XCR0 has AVX.
inline void set_ymm0_high(std::uint64_t value) {
    const std::uint64_t whole[4]{0, 0, value, 0};
    asm volatile("vmovdqu %0, %%ymm0" : : "m"(whole));
}
[[nodiscard]] inline std::uint64_t get_ymm0_high() {
    std::uint64_t whole[4];
    asm volatile("vmovdqu %%ymm0, %0" : "=m"(whole));
    return whole[2];
}
/// PKRU; #UD without CR4.PKE.
inline void write_pkru(std::uint32_t value) {
    asm volatile("wrpkru" : : "a"(value), "c"(0), "d"(0) : "memory");
}
[[nodiscard]] inline std::uint32_t read_pkru() {
    std::uint32_t value;
    asm volatile("rdpkru" : "=a"(value) : "c"(0) : "edx");
    return value;
}

}  // namespace rules
