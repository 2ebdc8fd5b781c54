// SPDX-License-Identifier: MIT
// Requests to the hypervisor that need no GHCB page. [GHCB "GHCB MSR Protocol"]
#pragma once
#include "abi/snp/ghcb.hpp"
#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "svsm/result.hpp"

namespace svsm::ghcb {

/// Agrees on version 2 of the GHCB protocol, or fails with GhcbVersion.
[[nodiscard]] BootResult check_version();
/// The hypervisor's features. HypervisorFeatures when one is missing that the SVSM cannot do without.
[[nodiscard]] BootExpected<std::uint64_t> query_features();
/// Registers `page`, which must be shared already, as this CPU's GHCB.
[[nodiscard]] BootResult register_page(Gpa page);
/// Changes the state of one 4 KiB page.
[[nodiscard]] BootResult change_page_state(Gpa page, abi::PscOperation operation);
/// Lets this vCPU run at `vmpl`; returns when this VMPL runs again. False when the hypervisor refused. Only
/// for a level that has just called: some hosts end the VM when they know no such level.
[[nodiscard]] bool run_vmpl(abi::Vmpl vmpl);

}  // namespace svsm::ghcb
