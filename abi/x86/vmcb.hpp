// SPDX-License-Identifier: MIT
// The control block of plain AMD-V, on which the machine runs every vCPU. [APM2 "Appendix B: VMCB Layout"]
#pragma once
#include <cstddef>
#include <cstdint>

#include "abi/snp/vmsa.hpp"
#include "base/bits.hpp"

namespace abi {

struct VmcbControl {
    std::uint16_t intercept_cr_read, intercept_cr_write, intercept_dr_read, intercept_dr_write;
    std::uint32_t intercept_exceptions, intercept_misc_1, intercept_misc_2, intercept_misc_3;
    std::uint8_t reserved_018[0x24];
    std::uint16_t pause_threshold, pause_count;
    std::uint64_t iopm_base, msrpm_base, tsc_offset;
    std::uint32_t asid;
    std::uint8_t tlb_control, reserved_05d[3];
    std::uint64_t interrupt_control, interrupt_state;
    std::uint64_t exit_code, exit_info_1, exit_info_2, exit_int_info;
    std::uint64_t nested_control, avic_bar, reserved_0a0, event_inj, nested_cr3, virtual_ext;
    std::uint32_t clean_bits, reserved_0c4;
    std::uint64_t next_rip;
    std::uint8_t reserved_0d0[0x330];
};
static_assert(sizeof(VmcbControl) == 0x400 && offsetof(VmcbControl, iopm_base) == 0x40);
static_assert(offsetof(VmcbControl, asid) == 0x58 && offsetof(VmcbControl, interrupt_control) == 0x60);
static_assert(offsetof(VmcbControl, exit_code) == 0x70 && offsetof(VmcbControl, nested_control) == 0x90);
static_assert(offsetof(VmcbControl, event_inj) == 0xa8 && offsetof(VmcbControl, nested_cr3) == 0xb0);

/// The save area keeps the VMSA's offsets for everything plain AMD-V has, so it is read as one.
struct VmcbSave {
    Segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    std::uint8_t reserved_0a0[0x2b];
    std::uint8_t cpl;
    std::uint8_t reserved_0cc[4];
    std::uint64_t efer;
    std::uint8_t reserved_0d8[0x70];
    std::uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    std::uint8_t reserved_180[0x58];
    std::uint64_t rsp, s_cet, ssp, isst_addr, rax;
    std::uint64_t star, lstar, cstar, sfmask, kernel_gs_base, sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    std::uint8_t reserved_248[0x20];
    std::uint64_t g_pat, dbgctl, br_from, br_to, last_excp_from, last_excp_to;
    std::uint8_t reserved_298[0x968];
};
static_assert(offsetof(VmcbSave, cpl) == 0xcb && offsetof(VmcbSave, efer) == 0xd0 &&
              offsetof(VmcbSave, cr4) == 0x148);
static_assert(offsetof(VmcbSave, rsp) == 0x1d8 && offsetof(VmcbSave, star) == 0x200 &&
              offsetof(VmcbSave, g_pat) == 0x268);

struct Vmcb {
    VmcbControl control;
    VmcbSave save;
};
static_assert(sizeof(Vmcb) == 4096);

/// Bit of intercept_cr_write (VMCB 002h).
inline constexpr std::uint16_t intercept_cr4 = 1u << 4;

/// Bits of intercept_misc_1 (VMCB 00Ch).
struct Intercept1 {
    static constexpr std::uint32_t intr = 1, nmi = 2, smi = 4, init = 8, vintr = 16, selective_cr0 = 1u << 5,
                                   rdpmc = 1u << 15, cpuid = 1u << 18, invd = 1u << 22, pause = 1u << 23,
                                   hlt = 1u << 24, invlpga = 1u << 26, ioio = 1u << 27, msr = 1u << 28,
                                   freeze = 1u << 30, shutdown = 1u << 31;
};
/// Bits of intercept_misc_2 (VMCB 010h).
struct Intercept2 {
    static constexpr std::uint32_t vmrun = 1, vmmcall = 2, vmload = 4, vmsave = 8, stgi = 16, clgi = 32,
                                   skinit = 64, wbinvd = 1u << 9, monitor = 1u << 10, mwait = 1u << 11,
                                   mwait_armed = 1u << 12;
};
struct InterruptControl {
    using VIrq = Bits<8>;
    using VIntrMasking = Bits<24>;
};

}  // namespace abi
