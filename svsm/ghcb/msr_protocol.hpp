// SPDX-License-Identifier: MIT
// What can be asked of the hypervisor without a GHCB page. [GHCB "GHCB MSR Protocol"]
#pragma once
#include "abi/snp/ghcb.hpp"
#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "svsm/result.hpp"

namespace svsm::ghcb {

/// Agrees on version 2 of the GHCB protocol, or fails with GhcbVersion.
[[nodiscard]] BootResult check_version();
/// The hypervisor's features. HypervisorFeatures when one is missing without which nothing works.
[[nodiscard]] BootExpected<std::uint64_t> query_features();
/// Makes the page at `page` this CPU's GHCB in the hypervisor's eyes; it has to be shared already.
[[nodiscard]] BootResult register_page(Gpa page);
/// Changes the state of one 4 KiB page.
[[nodiscard]] BootResult change_page_state(Gpa page, abi::PscOperation operation);
/// Lets this vCPU run at `vmpl`; returns when it is this VMPL's turn again. False when the hypervisor
/// refused. Only for a level that has just called: some hosts end the VM when they know of none there.
[[nodiscard]] bool run_vmpl(abi::Vmpl vmpl);

}  // namespace svsm::ghcb
