// SPDX-License-Identifier: MIT
// Which model-specific registers a vCPU reaches how; everything else is #VC, as on silicon. [APM2 "SEV-ES: MSRs"]
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "abi/x86/registers.hpp"

namespace snpemu {

/// Registers that VMLOAD and VMSAVE switch (or that all vCPUs may share), so that the guest uses the real ones.
inline constexpr std::array passthrough_msrs{
    abi::Msr::Tsc,   abi::Msr::SysenterCs, abi::Msr::SysenterEsp, abi::Msr::SysenterEip, abi::Msr::Star,
    abi::Msr::Lstar, abi::Msr::Cstar,      abi::Msr::Sfmask,      abi::Msr::FsBase,      abi::Msr::GsBase,
    abi::Msr::KernelGsBase, abi::Msr::TscAux,
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

/// What the host answers through the GHCB for registers of the platform: value, or empty for #GP.
constexpr std::optional<std::uint64_t> host_msr(std::uint32_t msr) {
    switch (msr) {
        case 0x1b: return 0xfee0'0800;       // APIC base, enabled
        case 0x8b: return 0;                 // microcode level
        case 0xc001'0010: return 0;          // SYSCFG
        case 0xc001'0015: return 1ull << 24; // HWCR: TSC runs at P0
        case 0xc001'0058: return 0;          // MMIO configuration base
        case 0xc001'001f: return 0;          // northbridge configuration
        default: return std::nullopt;
    }
}

}  // namespace snpemu
