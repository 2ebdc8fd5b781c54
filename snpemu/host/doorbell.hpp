// SPDX-License-Identifier: MIT
// The doorbell page of the level that runs: the host's part of restricted injection. [GHCB "#HV Doorbell Page"]
#pragma once
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/silicon/exit_reason.hpp"

namespace snpemu {

/// The event that sets, names or clears the page; `copy` gets the reply. An error leaves the level without a page.
void on_doorbell(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& copy);
/// The level has not read all that the host has written into its page. False without a page.
[[nodiscard]] bool has_unread_event(Machine& machine, const Vcpu& vcpu) EXCLUDES(machine.rmp_lock);
/// Before an entry of a level with restricted injection: writes what came into its page and raises #HV; an interrupt that
/// finds no room waits in the local APIC. From then on an interrupt that has room ends the run.
[[nodiscard]] silicon::ExitReason ring_doorbell(Machine& machine, Vcpu& vcpu) EXCLUDES(machine.rmp_lock);

}  // namespace snpemu
