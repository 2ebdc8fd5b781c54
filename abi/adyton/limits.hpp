// SPDX-License-Identifier: MIT
// Sizes that all programs of one build agree on. The constants of svsm, snpemu, machine/sim, guest/lib and tools/run are
// still their own.
#pragma once
#include <cstdint>

namespace abi::adyton {

/// vCPUs of a guest.
inline constexpr std::uint32_t max_vcpus = 64;
// xAPIC has the ids 0 to 254, 255 calls all CPUs; one of QEMU's CPUs is the host's and runs no vCPU.
// [APM2 "Local APIC ID"]
static_assert(max_vcpus >= 1 && max_vcpus <= 254);

}  // namespace abi::adyton
