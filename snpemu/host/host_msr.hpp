// SPDX-License-Identifier: MIT
// Registers of the platform that a guest asks its host about.
#pragma once
#include <cstdint>
#include <optional>

namespace snpemu {

/// The host's answers through the GHCB for registers of the platform; empty for #GP.
constexpr std::optional<std::uint64_t> host_msr(std::uint32_t msr, unsigned vcpu) {
    switch (msr) {
        case 0x1b: return vcpu == 0 ? 0xfee0'0900 : 0xfee0'0800;  // APIC base, enabled; bit 8: boot CPU
        case 0x8b: return 0;                                      // microcode level
        case 0xc001'0010: return 0;                               // SYSCFG
        case 0xc001'0015: return 1ull << 24;                      // HWCR: TSC runs at P0
        case 0xc001'0058: return 0;                               // MMIO configuration base
        case 0xc001'001f: return 0;                               // northbridge configuration
        default: return std::nullopt;
    }
}

}  // namespace snpemu
