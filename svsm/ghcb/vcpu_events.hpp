// SPDX-License-Identifier: MIT
// The events that start vCPUs and their levels. [GHCB "SNP AP Creation", "Run VMPL"]
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

/// Lets this vCPU run at `vmpl`, like `run_vmpl` of the MSR protocol, for a level that the host may not know:
/// the host can refuse the event, whereas it would end the VM at the MSR request. [GHCB "Run VMPL"]
[[nodiscard]] bool run_vmpl_by_event(abi::Vmpl vmpl);

/// Has the hypervisor write its list of APIC ids into the shared page at `page`: u32 count, then u32 each.
/// False when it refuses. The content of the page is unchecked in any case. [GHCB "SNP Get APIC IDs"]
[[nodiscard]] bool list_apic_ids(Gpa page);

}  // namespace svsm::ghcb
