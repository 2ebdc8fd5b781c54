// SPDX-License-Identifier: MIT
// The registers with which firmware starts: real mode, 16 bytes below 4 GiB.
#pragma once
#include <cstdint>

#include "abi/snp/vmsa.hpp"

namespace tools::image {

/// Upper half of CS.base, and IP, of the boot CPU.
inline constexpr std::uint32_t boot_cpu_start = 0xffff'fff0;
/// CPUID Fn0000_0001 EAX of QEMU's model EPYC, which a processor has in RDX behind RESET.
inline constexpr std::uint32_t default_signature = 0x80'0f12;

/// The registers of a vCPU at reset, as KVM measures them: the boot CPU's, or an AP's that starts at `start`.
/// [QEMU "target/i386/sev.c"]
[[nodiscard]] abi::Vmsa reset_vmsa(std::uint32_t start, std::uint32_t signature, std::uint64_t sev_features);

}  // namespace tools::image
