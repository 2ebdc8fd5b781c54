// SPDX-License-Identifier: MIT
// Another host: KVM with planes (Linux 7.1 with the series "KVM Planes + SEV-SNP Support" of June 2026). A
// level is a plane of the vCPU, and a plane is running or stopped. AP creation runs none: it installs a VMSA,
// and Run VMPL by that vCPU's VMPL0 runs it. docs/real-hardware.md names the sources.
#pragma once
#include "snpemu/host/hypervisor.hpp"

namespace snpemu::planes {

/// AP creation: true when the features of a level equal those of its first VMSA, as this host demands.
[[nodiscard]] bool accepts(Machine& machine, abi::Vmpl level, std::uint64_t features);
/// Called before AP creation is refused: ends the VM when the VMSA is the first of its plane, because this
/// host finds that error too late for an answer.
void refuse_creation(const Vcpu& caller, const Vcpu& target, abi::Vmpl level);

/// AP creation and DESTROY arrive at the vCPU. Whatever plane they name, HLT of the current plane ends.
void adopt(const Machine& machine, Vcpu& vcpu, const ApMailbox& mail);

/// Called when Run VMPL names a plane that does not exist, or whose VMSA was destroyed. Returns for a refusal
/// of the event; the MSR form of the same request ends the VM.
void refuse_run(const Vcpu& vcpu, abi::Vmpl target, RunForm form);
/// Stops the caller and runs `target`.
void run(Vcpu& vcpu, abi::Vmpl target);

/// Interrupts for the tests. `count_exit`: one for VMPL0 after every so many exits of a guest's plane, if
/// that is the only one (of several, VMPL0 could not tell which it interrupted). `count_call`: a wake-up for
/// a resting VMPL0 whose vCPU has no other plane yet, and which no guest has called.
void count_exit(Vcpu& vcpu);
void count_call(Machine& machine, Vcpu& vcpu);
/// Called before the vCPU runs: an interrupt for VMPL0 makes plane 0 run without stopping the other.
void take_interrupt(Vcpu& vcpu);

}  // namespace snpemu::planes
