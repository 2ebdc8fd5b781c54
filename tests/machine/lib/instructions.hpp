// SPDX-License-Identifier: MIT
// Instructions that C++ cannot express, one function each.
#pragma once
#include <cstdint>

#include "abi/snp/rmp.hpp"
#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"
#include "base/address.hpp"

namespace rules {

[[nodiscard]] inline std::uint64_t read_msr(std::uint32_t msr) {
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return std::uint64_t{high} << 32 | low;
}
inline void write_msr(std::uint32_t msr, std::uint64_t value) {
    asm volatile("wrmsr" : : "c"(msr), "a"(static_cast<std::uint32_t>(value)), "d"(value >> 32) : "memory");
}
[[nodiscard]] inline std::uint64_t read_tsc() {
    std::uint32_t low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return static_cast<std::uint64_t>(high) << 32 | low;
}
[[nodiscard]] inline std::uint64_t read_msr(abi::Msr msr) {
    return read_msr(static_cast<std::uint32_t>(msr));
}
inline void write_msr(abi::Msr msr, std::uint64_t value) {
    write_msr(static_cast<std::uint32_t>(msr), value);
}

/// F3 0F 01 D9; clang 19 has no mnemonic for it.
inline void vmgexit() { asm volatile("rep; vmmcall" : : : "memory"); }

#define RULES_REGISTER(name)                                        \
    [[nodiscard]] inline std::uint64_t read_##name() {              \
        std::uint64_t value;                                        \
        asm volatile("mov %%" #name ", %0" : "=r"(value));          \
        return value;                                               \
    }                                                               \
    inline void write_##name(std::uint64_t value) {                 \
        asm volatile("mov %0, %%" #name : : "r"(value) : "memory"); \
    }
RULES_REGISTER(cr0)
RULES_REGISTER(cr2)
RULES_REGISTER(cr3)
RULES_REGISTER(cr4)
RULES_REGISTER(cr8)
RULES_REGISTER(dr0)
RULES_REGISTER(dr6)
RULES_REGISTER(dr7)
#undef RULES_REGISTER

inline void flush_tlb() { write_cr3(read_cr3()); }
inline void invalidate_page(const void* at) { asm volatile("invlpg (%0)" : : "r"(at) : "memory"); }
inline void load_idt(const abi::DescriptorTablePointer& table) { asm volatile("lidt %0" : : "m"(table)); }
inline void load_gdt(const abi::DescriptorTablePointer& table) { asm volatile("lgdt %0" : : "m"(table)); }

/// What an instruction on the RMP leaves behind.
struct RmpAnswer {
    std::uint32_t eax;
    std::uint64_t flags;  ///< RFLAGS directly behind it
    [[nodiscard]] bool is(abi::RmpResult result) const { return eax == static_cast<std::uint32_t>(result); }
    [[nodiscard]] bool carry() const { return (flags & abi::Rflags::cf) != 0; }
};
/// PVALIDATE. Size and validity are the whole of RCX and RDX. [APM3 "PVALIDATE"]
inline RmpAnswer pvalidate(std::uint64_t at, std::uint64_t size, std::uint64_t validity) {
    std::uint64_t result = at, flags;
    asm volatile("pvalidate; pushfq; popq %1"
                 : "+a"(result), "=r"(flags)
                 : "c"(size), "d"(validity)
                 : "memory", "cc");
    return {static_cast<std::uint32_t>(result), flags};
}
/// RMPADJUST. [APM3 "RMPADJUST"]
inline RmpAnswer rmpadjust(std::uint64_t at, std::uint64_t size, std::uint64_t attributes) {
    std::uint64_t result = at, flags;
    asm volatile("rmpadjust; pushfq; popq %1"
                 : "+a"(result), "=r"(flags)
                 : "c"(size), "d"(attributes)
                 : "memory", "cc");
    return {static_cast<std::uint32_t>(result), flags};
}
/// RDX of RMPADJUST.
constexpr std::uint64_t attributes(unsigned vmpl, std::uint8_t permissions, bool vmsa = false) {
    using abi::RmpAttributes;
    return RmpAttributes::TargetVmpl::put(vmpl) | RmpAttributes::Permissions::put(permissions) |
           RmpAttributes::IsVmsa::put(vmsa ? 1 : 0);
}

}  // namespace rules
