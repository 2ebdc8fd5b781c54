// SPDX-License-Identifier: MIT
// The registers with which the SVSM's boot processor starts: 64-bit mode from its first instruction.
#pragma once
#include "abi/snp/vmsa.hpp"
#include "base/address.hpp"

namespace tools::image {

struct LaunchState {
    std::uint64_t entry;       ///< RIP
    std::uint64_t boot_block;  ///< RDI, a virtual address
    Gpa page_tables;
    unsigned c_bit;
    std::uint64_t sev_features;
};

/// Only fields that loaders take over may differ from zero: segments, control registers, general registers,
/// PAT, x87 control, MXCSR, SEV_FEATURES. [QEMU "target/i386/sev.c"]
[[nodiscard]] abi::Vmsa launch_vmsa(const LaunchState& state);

}  // namespace tools::image
