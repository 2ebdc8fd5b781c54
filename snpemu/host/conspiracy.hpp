// SPDX-License-Identifier: MIT
// The host as its guest's accomplice: it binds a second system page to an address of the guest's, and
// switches between the two, or lets accesses fault, at any instruction of VMPL0 that leaves the guest.
// docs/adr/0034
#pragma once
#include "snpemu/host/machine.hpp"
#include "snpemu/silicon/exit_reason.hpp"

namespace snpemu {

/// A request of the GHCB MSR protocol that no specification knows. The reply, or `msr` itself when this host
/// conspires with nobody.
[[nodiscard]] std::uint64_t answer_accomplice(Machine& machine, Vcpu& vcpu, std::uint64_t msr);

/// Shows one of the two system pages at the address that has them, and flushes.
void show_of_pair(Machine& machine, Vcpu& vcpu, Spa system);

}  // namespace snpemu
