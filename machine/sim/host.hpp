// SPDX-License-Identifier: MIT
// The hypervisor of the simulated machine: small, honest, and easily overruled by a test.
// Private to machine/sim.
#pragma once
#include <cstdint>

#include "machine/sim/machine.hpp"

namespace sim {

/// Carries out a request of the MSR protocol and returns the reply. [GHCB "GHCB MSR Protocol"]
[[nodiscard]] std::uint64_t answer_msr(Machine& machine, std::uint64_t value);
/// Carries out the event in the page and writes the reply into it. [GHCB "NAE Events"]
void answer_event(Machine& machine, abi::Ghcb& ghcb, Gpa ghcb_gpa);

}  // namespace sim
