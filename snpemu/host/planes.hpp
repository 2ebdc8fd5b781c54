// SPDX-License-Identifier: MIT
// Another host: KVM with planes (Linux 7.1 with the series "KVM Planes + SEV-SNP Support" of June 2026). A
// level is a plane of the vCPU, planes are run or stopped, and AP creation runs none: it installs a VMSA, and
// Run VMPL of that vCPU's VMPL0 makes it run. docs/real-hardware.md says what of it was read where.
#pragma once
#include "snpemu/host/hypervisor.hpp"

namespace snpemu::planes {

/// AP creation: this host wants the features of a level exactly as they were when its first VMSA came.
[[nodiscard]] bool accepts(Machine& machine, abi::Vmpl level, std::uint64_t features);
/// AP creation is to be refused. What is wrong with the first VMSA of a plane is found too late for an
/// answer, and ends the VM.
void refuse_creation(const Vcpu& caller, const Vcpu& target, abi::Vmpl level);

/// AP creation and DESTROY reach the vCPU. Whatever it is for, HLT of the plane that runs ends.
void adopt(const Machine& machine, Vcpu& vcpu, const ApMailbox& mail);

/// Run VMPL names a plane that does not exist, or whose VMSA was destroyed: the event is to be refused, the
/// MSR form of the same request ends the VM.
void refuse_run(const Vcpu& vcpu, abi::Vmpl target, RunForm form);
/// Stops the caller and runs `target`.
void run(Vcpu& vcpu, abi::Vmpl target);

/// The test's part: an interrupt for VMPL0 after every so many exits of a guest's plane, if that is the only
/// one (of several, VMPL0 could not tell which was interrupted), and a wake-up for a VMPL0 that rests because
/// its vCPU has no other plane yet. It finds that nobody has called.
void count_exit(Vcpu& vcpu);
void count_call(Machine& machine, Vcpu& vcpu);
/// Before the vCPU runs: an interrupt for VMPL0 makes plane 0 run, without stopping the other.
void take_interrupt(Vcpu& vcpu);

}  // namespace snpemu::planes
