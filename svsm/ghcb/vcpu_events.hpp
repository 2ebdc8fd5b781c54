// SPDX-License-Identifier: MIT
// The event that starts vCPUs. [GHCB "SNP AP Creation"]
#pragma once
#include "abi/snp/ghcb.hpp"
#include "abi/snp/rmp.hpp"
#include "base/address.hpp"

namespace svsm::ghcb {

/// Which VMSA, for which vCPU and VMPL.
struct ApCreation {
    abi::ApCreationRequest request;
    std::uint32_t apic_id;
    abi::Vmpl vmpl;
    Gpa vmsa;
    std::uint64_t sev_features;
};
/// Gives the hypervisor a VMSA. False when it refuses.
[[nodiscard]] bool ap_create(const ApCreation& creation);

}  // namespace svsm::ghcb
