// SPDX-License-Identifier: MIT
// The save area page that holds one vCPU's registers at one VMPL. [APM2 "VMSA Layout"]
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/bits.hpp"

namespace abi {

/// Segment register as VMCB and VMSA keep it. `attributes`: access byte in 7:0, AVL/L/D/G in 11:8.
struct Segment {
    std::uint16_t selector, attributes;
    std::uint32_t limit;
    std::uint64_t base;
};
static_assert(sizeof(Segment) == 16);

/// One VMSA page. Names follow the manual; unnamed ranges are reserved and zero.
struct Vmsa {
    Segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    std::uint64_t pl0_ssp, pl1_ssp, pl2_ssp, pl3_ssp, u_cet;
    std::uint8_t reserved_0c8[2];
    std::uint8_t vmpl, cpl;
    std::uint8_t reserved_0cc[4];
    std::uint64_t efer;
    std::uint8_t reserved_0d8[104];
    std::uint64_t xss, cr4, cr3, cr0, dr7, dr6, rflags, rip;
    std::uint64_t dr[4], dr_mask[4];
    std::uint8_t reserved_1c0[24];
    std::uint64_t rsp, s_cet, ssp, isst_addr, rax;
    std::uint64_t star, lstar, cstar, sfmask, kernel_gs_base, sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    std::uint8_t reserved_248[32];
    std::uint64_t g_pat, dbgctl, br_from, br_to, last_excp_from, last_excp_to;
    std::uint8_t reserved_298[80];
    std::uint32_t pkru, tsc_aux;
    std::uint64_t tsc_scale, tsc_offset, reg_prot_nonce;
    std::uint64_t rcx, rdx, rbx, secure_avic_ctrl, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
    std::uint8_t reserved_380[16];
    std::uint64_t guest_exit_info_1, guest_exit_info_2, guest_exit_int_info, guest_nrip;
    std::uint64_t sev_features, vintr_ctrl, guest_exit_code, virtual_tom, tlb_id, pcpu_id, event_inj, xcr0;
    std::uint8_t reserved_3f0[16];
    std::uint64_t x87_dp;
    std::uint32_t mxcsr;
    std::uint16_t x87_ftw, x87_fsw, x87_fcw, x87_fop, x87_ds, x87_cs;
    std::uint64_t x87_rip;
    std::uint8_t x87[80];      ///< eight 64-bit mantissas, then eight 16-bit exponents
    std::uint8_t xmm[256];     ///< XMM0..15
    std::uint8_t ymm_hi[256];  ///< upper halves of YMM0..15
    std::uint8_t reserved_670[2448];
};

consteval bool vmsa_layout_ok() {
    return offsetof(Vmsa, tr) == 0x90 && offsetof(Vmsa, vmpl) == 0xca && offsetof(Vmsa, efer) == 0xd0 &&
           offsetof(Vmsa, xss) == 0x140 && offsetof(Vmsa, cr3) == 0x150 && offsetof(Vmsa, cr0) == 0x158 &&
           offsetof(Vmsa, dr7) == 0x160 && offsetof(Vmsa, rflags) == 0x170 && offsetof(Vmsa, rip) == 0x178 &&
           offsetof(Vmsa, dr) == 0x180 && offsetof(Vmsa, rsp) == 0x1d8 && offsetof(Vmsa, rax) == 0x1f8 &&
           offsetof(Vmsa, star) == 0x200 && offsetof(Vmsa, cr2) == 0x240 && offsetof(Vmsa, g_pat) == 0x268 &&
           offsetof(Vmsa, last_excp_to) == 0x290 && offsetof(Vmsa, pkru) == 0x2e8 &&
           offsetof(Vmsa, tsc_scale) == 0x2f0 && offsetof(Vmsa, rcx) == 0x308 &&
           offsetof(Vmsa, rbx) == 0x318 && offsetof(Vmsa, rbp) == 0x328 && offsetof(Vmsa, r8) == 0x340 &&
           offsetof(Vmsa, r15) == 0x378 && offsetof(Vmsa, guest_exit_info_1) == 0x390 &&
           offsetof(Vmsa, sev_features) == 0x3b0 && offsetof(Vmsa, guest_exit_code) == 0x3c0 &&
           offsetof(Vmsa, event_inj) == 0x3e0 && offsetof(Vmsa, xcr0) == 0x3e8 &&
           offsetof(Vmsa, mxcsr) == 0x408 && offsetof(Vmsa, x87_fcw) == 0x410 &&
           offsetof(Vmsa, x87) == 0x420 && offsetof(Vmsa, xmm) == 0x470 && offsetof(Vmsa, ymm_hi) == 0x570 &&
           offsetof(Vmsa, reserved_670) == 0x670;
}
static_assert(sizeof(Vmsa) == 4096 && vmsa_layout_ok() && std::is_trivially_copyable_v<Vmsa>);

/// Bits of SEV_FEATURES; SEV_STATUS (MSR C001_0131) shows the same bits two positions higher.
/// GUEST_TSC_SCALE of 1: 8 bits before the point, 32 behind it. [APM2 "Secure TSC"]
inline constexpr std::uint64_t tsc_scale_one = 1ull << 32;

struct SevFeatures {
    using SnpActive = Bits<0>;
    using VTom = Bits<1>;
    using ReflectVc = Bits<2>;
    using RestrictedInjection = Bits<3>;
    using AlternateInjection = Bits<4>;
    using DebugSwap = Bits<5>;
    using PreventHostIbs = Bits<6>;
    using BtbIsolation = Bits<7>;
    using VmplSss = Bits<8>;
    using SecureTsc = Bits<9>;
    using VmsaRegProt = Bits<14>;
    using SmtProtection = Bits<15>;
    using IbpbOnEntry = Bits<21>;
};
struct SevStatus {
    using Sev = Bits<0>;
    using SevEs = Bits<1>;
    using SevSnp = Bits<2>;
    using Features = Bits<63, 2>;
};

/// Event field format of EVENTINJ and EXITINTINFO.
struct Event {
    using Vector = Bits<7, 0>;
    using Type = Bits<10, 8>;  ///< 0 interrupt, 2 NMI, 3 exception, 4 software interrupt
    using ErrorValid = Bits<11>;
    using Valid = Bits<31>;
    using Error = Bits<63, 32>;
};

/// Value of a VMSA after reset for fields that are neither zero nor state of the program. [APM2 "Table 14-1"]
struct VmsaReset {
    static constexpr std::uint64_t g_pat = 0x0007'0406'0007'0406, dr6 = 0xffff'0ff0, dr7 = 0x400, rflags = 2,
                                   xcr0 = 1;
    static constexpr std::uint32_t mxcsr = 0x1f80;
    static constexpr std::uint16_t x87_ftw = 0x5555, x87_fcw = 0x0040;

    /// The other fields stay.
    static constexpr void put_into(Vmsa& vmsa) {
        vmsa.dr6 = dr6;
        vmsa.dr7 = dr7;
        vmsa.rflags = rflags;
        vmsa.g_pat = g_pat;
        vmsa.xcr0 = xcr0;
        vmsa.mxcsr = mxcsr;
        vmsa.x87_ftw = x87_ftw;
        vmsa.x87_fcw = x87_fcw;
    }
};

/// Guest-physical address that stands for the launch VMSA, which lies outside guest memory.
/// [SNP-ABI "LAUNCH_UPDATE"]
inline constexpr std::uint64_t launch_vmsa_gpa = 0x0000'ffff'ffff'f000;

}  // namespace abi
