// SPDX-License-Identifier: MIT
// Sizes that all programs of one build agree on: each has its one home here.
#pragma once
#include <cstdint>

namespace abi::adyton {

/// vCPUs of a guest. The configuration -DADYTON_MAX_VCPUS=128 builds all programs for another number.
#ifdef ADYTON_MAX_VCPUS
inline constexpr std::uint32_t max_vcpus = ADYTON_MAX_VCPUS, offered_vcpus = max_vcpus;
#else
inline constexpr std::uint32_t max_vcpus = 64;
/// vCPUs that `adyton run` offers, and for which the guests of this tree and the simulated machine of the
/// unit tests have room.
inline constexpr std::uint32_t offered_vcpus = 16;
#endif
// xAPIC has the ids 0 to 254, 255 calls all CPUs; one of QEMU's CPUs is the host's and runs no vCPU.
// [APM2 "Local APIC ID"]
static_assert(max_vcpus >= 1 && max_vcpus <= 254 && offered_vcpus <= max_vcpus);

}  // namespace abi::adyton
