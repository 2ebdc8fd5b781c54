// SPDX-License-Identifier: MIT
// The local APIC of the vCPU that asks, in both modes: the window of xAPIC and the MSRs of x2APIC. The APIC of QEMU beneath
// stays in xAPIC mode. [APM2 "Local APIC"]
#pragma once
#include <cstdint>

#include "snpemu/host/machine.hpp"
#include "snpemu/host/vcpu.hpp"

namespace snpemu {

/// A register of the window. What could reach the machine instead of the guest is masked (apic_policy.hpp).
void write_local_apic(Machine& machine, Vcpu& vcpu, std::uint32_t offset, std::uint32_t value);

}  // namespace snpemu
