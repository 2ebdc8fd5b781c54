// SPDX-License-Identifier: MIT
// The page of CPUID results that the AMD-SP has checked. [SNP-ABI "CPUID Page"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bits.hpp"

namespace abi {

struct CpuidEntry {
    std::uint32_t eax_in, ecx_in;
    std::uint64_t xcr0_in, xss_in;
    std::uint32_t eax, ebx, ecx, edx;
    std::uint64_t reserved;
};
static_assert(sizeof(CpuidEntry) == 48);

inline constexpr std::uint32_t cpuid_page_max_entries = 64;

struct CpuidPage {
    std::uint32_t count, reserved_004;
    std::uint64_t reserved_008;
    std::array<CpuidEntry, cpuid_page_max_entries> entries;
    std::uint8_t reserved_c10[0x3f0];
};
static_assert(sizeof(CpuidPage) == 4096 && offsetof(CpuidPage, entries) == 0x10);

/// CPUID Fn8000_001F. [APM3 "CPUID Fn8000_001F"]
struct CpuidSev {
    static constexpr std::uint32_t function = 0x8000'001f;
    using Sev = Bits<1>;  // EAX
    using SevEs = Bits<3>;
    using SevSnp = Bits<4>;
    using Vmpl = Bits<5>;
    using CoherentCache = Bits<10>;
    using Svsm = Bits<28>;    ///< set by software below an SVSM, never by the CPU
    using CBit = Bits<5, 0>;  // EBX
    using PhysReduction = Bits<11, 6>;
    using VmplCount = Bits<15, 12>;
    using CoherentWithSoftware = Bits<31>;  ///< software need not evict cache lines
};
/// CPUID Fn0000_0007_x0: what CR4 can be told to guard. [APM3 "CPUID Fn0000_0007"]
struct CpuidStructured {
    static constexpr std::uint32_t function = 7;
    using Smep = Bits<7>;  // EBX
    using Smap = Bits<20>;
    using Umip = Bits<2>;  // ECX
};
/// CPUID Fn0000_0001 and Fn8000_001E, whose EAX is the whole APIC id.
struct CpuidBasic {
    static constexpr std::uint32_t function = 1;
    using InitialApicId = Bits<31, 24>;  // EBX
};
struct CpuidExtendedTopology {
    static constexpr std::uint32_t function = 0x8000'001e;
};
/// CPUID Fn8000_0008 EBX[3]: INVLPGB and TLBSYNC exist.
struct CpuidExtended8 {
    static constexpr std::uint32_t function = 0x8000'0008;
    using GuestPhysicalBits = Bits<23, 16>;  ///< EAX; 0: as many as the processor has
    using Invlpgb = Bits<3>;                 ///< EBX
};

}  // namespace abi
