// SPDX-License-Identifier: MIT
// The guest's other vCPUs: VMSA, CREATE_VCPU at the SVSM, AP creation at the hypervisor.
#pragma once
#include <expected>

#include "guest/lib/ghcb.hpp"
#include "guest/lib/svsm.hpp"
#include "guest/lib/vcpu.hpp"

namespace guest {

/// The vCPU's record; 0 is the boot vCPU. Ends the guest when it is another one and was not prepared.
[[nodiscard]] Vcpu& vcpu(unsigned index);
/// Number of vCPUs of this machine, at most max_vcpus.
[[nodiscard]] unsigned vcpu_count();

/// A VMSA that starts with its own stack and GS, in long mode, on the boot vCPU's page tables and
/// at its VMPL.
void fill_vmsa(abi::Vmsa& vmsa, Vcpu& target, Gpa stack_top);

/// Takes stack, VMSA and calling area for a vCPU and fills them, the first time a record too. Boot vCPU only.
Vcpu& prepare_vcpu(unsigned index, void (*run)(Vcpu&));
/// CREATE_VCPU: the VMSA page belongs to the SVSM afterwards.
[[nodiscard]] svsm::Result create_vcpu(Vcpu& target);
/// AP creation: the hypervisor runs the VMSA.
[[nodiscard]] std::expected<void, ghcb::Error> launch_vcpu(Vcpu& target);

/// All three steps for every vCPU but this one; ends the guest when one fails.
void start_all(void (*run)(Vcpu&));
/// Waits until `run` has returned on every vCPU that was started.
void wait_for_all();

}  // namespace guest
