// SPDX-License-Identifier: MIT
// The host as its guest's accomplice: it binds a second system page to an address of the guest. At any
// instruction of VMPL0 that leaves the guest it maps the other page, or lets accesses fault. [docs/adr/0034]
#pragma once
#include "snpemu/host/machine.hpp"
#include "snpemu/silicon/exit_reason.hpp"

namespace snpemu {

/// Answers a request of the GHCB MSR protocol that no specification defines. Returns the reply, or `msr`
/// itself when this host has no accomplice.
[[nodiscard]] std::uint64_t answer_accomplice(Machine& machine, Vcpu& vcpu, std::uint64_t msr);

/// Maps one of the two system pages at the address to which both are bound, and flushes.
void show_of_pair(Machine& machine, Vcpu& vcpu, Spa system);

}  // namespace snpemu
