// SPDX-License-Identifier: MIT
// VMSA page <-> registers. The page is valid between runs; during a run the CPU marks it in use.
#include "snpemu/silicon/cpu_state.hpp"

#include <cstring>

namespace snpemu {
namespace {

struct GprField {
    Gpr number;
    std::uint64_t abi::Vmsa::*field;
};
constexpr GprField gpr_fields[] = {
    {Gpr::Rcx, &abi::Vmsa::rcx}, {Gpr::Rdx, &abi::Vmsa::rdx}, {Gpr::Rbx, &abi::Vmsa::rbx},
    {Gpr::Rbp, &abi::Vmsa::rbp}, {Gpr::Rsi, &abi::Vmsa::rsi}, {Gpr::Rdi, &abi::Vmsa::rdi},
    {Gpr::R8, &abi::Vmsa::r8},   {Gpr::R9, &abi::Vmsa::r9},   {Gpr::R10, &abi::Vmsa::r10},
    {Gpr::R11, &abi::Vmsa::r11}, {Gpr::R12, &abi::Vmsa::r12}, {Gpr::R13, &abi::Vmsa::r13},
    {Gpr::R14, &abi::Vmsa::r14}, {Gpr::R15, &abi::Vmsa::r15},
};

/// Fields that VMSA and VMCB save area have in common, by offset range; CPL and EFER need care and so are
/// not among them.
struct SameRange {
    std::size_t begin, end;
};
constexpr SameRange same_ranges[] = {
    {offsetof(abi::Vmsa, es), offsetof(abi::Vmsa, pl0_ssp)},
    {offsetof(abi::Vmsa, cr4), offsetof(abi::Vmsa, dr)},
    {offsetof(abi::Vmsa, rsp), offsetof(abi::Vmsa, reserved_248)},
    {offsetof(abi::Vmsa, g_pat), offsetof(abi::Vmsa, reserved_298)},
};

// FXSAVE layout. [APM1 "FXSAVE"]
enum : std::size_t {
    fx_fcw = 0,
    fx_fsw = 2,
    fx_ftw = 4,
    fx_fop = 6,
    fx_rip = 8,
    fx_dp = 16,
    fx_mxcsr = 24,
    fx_st = 32,
    fx_xmm = 160
};

/// FXSAVE keeps one bit a register (1 = in use), the VMSA two (3 = empty).
std::uint8_t abridge_tags(std::uint16_t full) {
    std::uint8_t tags = 0;
    for (unsigned i = 0; i < 8; ++i)
        if ((full >> (2 * i) & 3) != 3) tags = static_cast<std::uint8_t>(tags | 1u << i);
    return tags;
}
std::uint16_t widen_tags(std::uint8_t abridged) {
    std::uint16_t tags = 0;
    for (unsigned i = 0; i < 8; ++i)
        if ((abridged >> i & 1) == 0) tags = static_cast<std::uint16_t>(tags | 3u << (2 * i));
    return tags;
}

template <class T>
void put(FpuImage& image, std::size_t at, const T& value) {
    std::memcpy(&image.bytes[at], &value, sizeof value);
}
template <class T>
void get(const FpuImage& image, std::size_t at, T& value) {
    std::memcpy(&value, &image.bytes[at], sizeof value);
}

/// What FXSAVE has. Bytes that no field covers are reserved, and stay zero.
void load_fpu(const abi::Vmsa& vmsa, FpuImage& fpu) {
    put(fpu, fx_fcw, vmsa.x87_fcw);
    put(fpu, fx_fsw, vmsa.x87_fsw);
    put(fpu, fx_ftw, abridge_tags(vmsa.x87_ftw));
    put(fpu, fx_fop, vmsa.x87_fop);
    put(fpu, fx_rip, vmsa.x87_rip);
    put(fpu, fx_dp, vmsa.x87_dp);
    // Reserved MXCSR bits would make FXRSTOR fault in the machine itself: a guest must not get that far.
    put(fpu, fx_mxcsr, vmsa.mxcsr & 0xffffu);
    for (unsigned i = 0; i < 8; ++i) {
        std::memcpy(&fpu.bytes[fx_st + 16 * i], &vmsa.x87[8 * i], 8);
        std::memcpy(&fpu.bytes[fx_st + 16 * i + 8], &vmsa.x87[64 + 2 * i], 2);
    }
    std::memcpy(&fpu.bytes[fx_xmm], vmsa.xmm, sizeof vmsa.xmm);
}

void store_fpu(const FpuImage& fpu, abi::Vmsa& vmsa) {
    get(fpu, fx_fcw, vmsa.x87_fcw);
    get(fpu, fx_fsw, vmsa.x87_fsw);
    vmsa.x87_ftw = widen_tags(fpu.bytes[fx_ftw]);
    get(fpu, fx_fop, vmsa.x87_fop);
    get(fpu, fx_rip, vmsa.x87_rip);
    get(fpu, fx_dp, vmsa.x87_dp);
    get(fpu, fx_mxcsr, vmsa.mxcsr);
    for (unsigned i = 0; i < 8; ++i) {
        std::memcpy(&vmsa.x87[8 * i], &fpu.bytes[fx_st + 16 * i], 8);
        std::memcpy(&vmsa.x87[64 + 2 * i], &fpu.bytes[fx_st + 16 * i + 8], 2);
    }
    std::memcpy(vmsa.xmm, &fpu.bytes[fx_xmm], sizeof vmsa.xmm);
}

void load_loose(const abi::Vmsa& vmsa, LooseState& loose) {
    load_fpu(vmsa, loose.fpu);
    if (loose.has_xsave) {
        // XSTATE_BV: a part that is not named would be reset.
        put(loose.fpu, FpuImage::header, FpuImage::parts);
        std::memcpy(&loose.fpu.bytes[FpuImage::ymm_hi], vmsa.ymm_hi, sizeof vmsa.ymm_hi);
    }
    loose.xcr0 = vmsa.xcr0;
    loose.pkru = vmsa.pkru;
    loose.tsc_aux = vmsa.tsc_aux;
    if (swaps_debug_registers(vmsa)) std::memcpy(loose.dr.data(), vmsa.dr, sizeof vmsa.dr);
}

void store_loose(const LooseState& loose, abi::Vmsa& vmsa) {
    store_fpu(loose.fpu, vmsa);
    vmsa.tsc_aux = loose.tsc_aux;
    if (loose.has_xsave) {
        std::memcpy(vmsa.ymm_hi, &loose.fpu.bytes[FpuImage::ymm_hi], sizeof vmsa.ymm_hi);
        vmsa.xcr0 = loose.xcr0;
        vmsa.pkru = loose.pkru;
    }
    if (swaps_debug_registers(vmsa)) std::memcpy(vmsa.dr, loose.dr.data(), sizeof vmsa.dr);
}

}  // namespace

void load_registers(const abi::Vmsa& vmsa, const CpuState& cpu) {
    auto* save = reinterpret_cast<std::byte*>(&cpu.save);
    const auto* page = reinterpret_cast<const std::byte*>(&vmsa);
    for (const SameRange& r : same_ranges) std::memcpy(save + r.begin, page + r.begin, r.end - r.begin);
    cpu.save.cpl = vmsa.cpl;
    cpu.save.efer = vmsa.efer;
    // Without DebugSwap DR0 to DR3 are not the guest's alone, and what its DR7 would arm may be another level's.
    if (!swaps_debug_registers(vmsa)) cpu.save.dr7 = abi::VmsaReset::dr7;
    for (const GprField& f : gpr_fields) cpu.reg(f.number) = vmsa.*f.field;
    cpu.interrupt_shadow = 0;
}

void load_vmsa(const abi::Vmsa& vmsa, const CpuState& cpu, LooseState& loose) {
    load_registers(vmsa, cpu);
    load_loose(vmsa, loose);
}

void store_vmsa(const CpuState& cpu, const LooseState& loose, const ExitRecord& exit, abi::Vmsa& vmsa) {
    const auto* save = reinterpret_cast<const std::byte*>(&cpu.save);
    auto* page = reinterpret_cast<std::byte*>(&vmsa);
    const std::uint64_t dr7 = vmsa.dr7;
    for (const SameRange& r : same_ranges) std::memcpy(page + r.begin, save + r.begin, r.end - r.begin);
    if (!swaps_debug_registers(vmsa)) vmsa.dr7 = dr7;  // writing it was #VC
    vmsa.cpl = cpu.save.cpl;
    vmsa.efer = cpu.save.efer;
    for (const GprField& f : gpr_fields) vmsa.*f.field = cpu.reg(f.number);
    store_loose(loose, vmsa);
    vmsa.guest_exit_code = exit.code;
    vmsa.guest_exit_info_1 = exit.info_1;
    vmsa.guest_exit_info_2 = exit.info_2;
    vmsa.guest_exit_int_info = exit.interrupted;
    vmsa.guest_nrip = exit.next_rip;
}

}  // namespace snpemu
