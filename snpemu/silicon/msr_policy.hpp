// SPDX-License-Identifier: MIT
// How a vCPU reaches each model-specific register; any other raises #VC, as on silicon.
// [APM2 "SEV-ES: MSRs"]
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "abi/x86/registers.hpp"

namespace snpemu {

/// Registers that VMLOAD and VMSAVE switch (or that all vCPUs may share), so that the guest may use those of
/// the real CPU.
inline constexpr std::array passthrough_msrs{
    abi::Msr::SysenterCs, abi::Msr::SysenterEsp,  abi::Msr::SysenterEip, abi::Msr::Star,
    abi::Msr::Lstar,      abi::Msr::Cstar,        abi::Msr::Sfmask,      abi::Msr::FsBase,
    abi::Msr::GsBase,     abi::Msr::KernelGsBase, abi::Msr::TscAux,
};

/// Clears the two intercept bits of `msr` in a permission map of 8 KiB. [APM2 "MSR Intercepts"]
constexpr void allow_msr(std::span<std::uint8_t> map, abi::Msr msr) {
    const auto number = static_cast<std::uint32_t>(msr);
    std::uint32_t index = number;
    if (number >= 0xc001'0000)
        index = 0x4000 + (number - 0xc001'0000);
    else if (number >= 0xc000'0000)
        index = 0x2000 + (number - 0xc000'0000);
    map[index / 4] = static_cast<std::uint8_t>(map[index / 4] & ~(3u << (2 * (index % 4))));
}

/// Whether WRMSR takes `value` for EFER; otherwise #GP. Long mode cannot be entered or left while paging is
/// on, and LMA only follows. [APM2 "Extended Feature Enable Register"]
constexpr bool is_efer_allowed(std::uint64_t value, std::uint64_t efer, std::uint64_t cr0) {
    using abi::Efer;
    if ((value & ~(Efer::sce | Efer::lme | Efer::lma | Efer::nxe | Efer::svme)) != 0) return false;
    if (((value ^ efer) & Efer::lma) != 0) return false;  // says what is, and cannot be changed
    return (cr0 & abi::Cr0::pg) == 0 || ((value ^ efer) & Efer::lme) == 0;
}
static_assert(is_efer_allowed(abi::Efer::sce, 0, 0) && is_efer_allowed(abi::Efer::lme, 0, 0));
static_assert(!is_efer_allowed(abi::Efer::lme, 0, abi::Cr0::pg) && !is_efer_allowed(1ull << 63, 0, 0));
static_assert(!is_efer_allowed(abi::Efer::lma, 0, 0));

/// Whether all eight entries of PAT are memory types. [APM2 "Page-Attribute Table Mechanism"]
constexpr bool is_pat_allowed(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
        const std::uint64_t type = value >> shift & 0xff;
        if (type > 7 || type == 2 || type == 3) return false;
    }
    return true;
}
static_assert(is_pat_allowed(0x0007'0406'0007'0406) && !is_pat_allowed(0x0007'0406'0007'0402));

}  // namespace snpemu
