// SPDX-License-Identifier: MIT
// Registers of the vCPU that a CPU is running: the save area of plain AMD-V, and the registers that AMD-V
// leaves in the CPU.
#pragma once
#include <array>
#include <cstdint>

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

/// FXSAVE image of the x87 and SSE registers. [APM1 "FXSAVE"]
struct alignas(16) FpuImage {
    std::array<std::uint8_t, 512> bytes{};
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

/// Loads everything a VMSA holds, as VMRUN of an SNP guest does. FPU contents go to `fpu`.
void load_vmsa(const abi::Vmsa& vmsa, const CpuState& cpu, FpuImage& fpu);
/// Stores it back, as #VMEXIT does; `exit_code` and the two infos become GUEST_EXITCODE and
/// GUEST_EXITINFO1/2. Fields the CPU does not own (VMPL, SEV_FEATURES, EFER.SVME...) keep the page's value.
void store_vmsa(const CpuState& cpu, const FpuImage& fpu, std::uint64_t exit_code, std::uint64_t info_1,
                std::uint64_t info_2, abi::Vmsa& vmsa);

}  // namespace snpemu
