// SPDX-License-Identifier: MIT
// Registers of the vCPU that a CPU is running: the save area of plain AMD-V, and the registers that AMD-V
// leaves in the CPU.
#pragma once
#include <array>
#include <cstdint>

#include "abi/x86/registers.hpp"
#include "abi/x86/vmcb.hpp"

namespace snpemu {

/// Numbers of the general registers in the instruction encoding. RAX and RSP live in the save area and not
/// in the array.
enum class Gpr : std::uint8_t {
    Rax,
    Rcx,
    Rdx,
    Rbx,
    Rsp,
    Rbp,
    Rsi,
    Rdi,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15
};

/// XSAVE image in the standard format: x87 and SSE registers as FXSAVE has them, the header, the upper halves
/// of the YMM registers. A CPU without XSAVE uses the first 512 bytes. [APM2 "Extended Save Area"]
struct alignas(64) FpuImage {
    static constexpr std::size_t header = 512, ymm_hi = 576;
    /// What it holds, as in XCR0 and XSTATE_BV. PKRU has instructions of its own.
    static constexpr std::uint64_t parts = abi::Xcr0::x87 | abi::Xcr0::sse | abi::Xcr0::avx;
    std::array<std::uint8_t, ymm_hi + 256> bytes{};
};

/// What a VMSA holds and neither VMRUN nor VMLOAD of plain AMD-V switches. `silicon/loose_state.hpp` moves it
/// into the CPU and out again.
struct LooseState {
    FpuImage fpu;
    bool has_xsave = false;  ///< of this CPU; else the page keeps YMM halves, XCR0 and PKRU
    std::uint64_t xcr0 = 0;
    std::uint32_t pkru = 0, tsc_aux = 0;
    std::array<std::uint64_t, 4> dr{};  ///< DR0 to DR3; the VMSA's only with DebugSwap
};

/// What the page shows of an exit. [APM2 "VMSA Layout", GUEST_EXITCODE and its neighbours]
struct ExitRecord {
    std::uint64_t code = 0, info_1 = 0, info_2 = 0, interrupted = 0, next_rip = 0;
};

struct CpuState {
    abi::VmcbSave& save;
    std::array<std::uint64_t, 16>& gpr;
    std::uint64_t&
        interrupt_shadow;  ///< VMCB 068h: cleared whenever an instruction was emulated or an event delivered

    [[nodiscard]] std::uint64_t& reg(Gpr r) const {
        if (r == Gpr::Rax) return save.rax;
        if (r == Gpr::Rsp) return save.rsp;
        return gpr[static_cast<unsigned>(r)];
    }
    /// Moves past an emulated instruction.
    void advance(std::uint64_t bytes) const {
        save.rip += bytes;
        interrupt_shadow = 0;
    }
};

/// DR0 to DR3 and DR7 belong to the VMSA. [APM2 "Debug Virtualization"]
[[nodiscard]] inline bool swaps_debug_registers(const abi::Vmsa& vmsa) {
    return abi::SevFeatures::DebugSwap::test(vmsa.sev_features);
}

/// Loads what plain AMD-V switches: the save area, and the general registers.
void load_registers(const abi::Vmsa& vmsa, const CpuState& cpu);
/// Loads everything a VMSA holds, as VMRUN of an SNP guest does.
void load_vmsa(const abi::Vmsa& vmsa, const CpuState& cpu, LooseState& loose);
/// Stores it back, as #VMEXIT does. Fields the CPU does not own (VMPL, SEV_FEATURES, EFER.SVME...) keep the
/// page's value, and so do the debug registers without DebugSwap.
void store_vmsa(const CpuState& cpu, const LooseState& loose, const ExitRecord& exit, abi::Vmsa& vmsa);

}  // namespace snpemu
