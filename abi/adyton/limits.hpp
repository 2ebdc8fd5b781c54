// SPDX-License-Identifier: MIT
// Sizes that all programs of one build agree on: each has its one home here.
#pragma once
#include <cstdint>

namespace abi::adyton {

/// vCPUs of a guest. xAPIC has the ids 0 to 254, 255 calls all CPUs; one of QEMU's CPUs is the host's and runs no
/// vCPU. [APM2 "Local APIC ID"] No program has an array of pages or stacks of this size: memory comes by the number of
/// vCPUs that there are.
inline constexpr std::uint32_t max_vcpus = 254;

}  // namespace abi::adyton
