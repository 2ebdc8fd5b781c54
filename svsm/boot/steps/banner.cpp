// SPDX-License-Identifier: MIT
#include "abi/snp/ghcb_msr.hpp"
#include "svsm/boot/steps/steps.hpp"
#include "svsm/log.hpp"

namespace svsm {

void print_banner(const abi::adyton::BootBlock& block, std::uint64_t hypervisor_features) {
    log("Adyton SVSM " ADYTON_VERSION ": {} KiB at 0x{:x}, C-bit {}", block.region_bytes >> 10,
        block.region_gpa, block.c_bit);
    if ((hypervisor_features & abi::HypervisorFeature::multi_vmpl) == 0) {
        log("WARNING: this hypervisor does not announce several VMPLs (GHCB feature bit 5).");
        log("WARNING: no guest can run below VMPL0 there; upstream KVM is like that.");
    }
}

}  // namespace svsm
