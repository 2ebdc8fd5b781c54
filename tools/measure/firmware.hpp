// SPDX-License-Identifier: MIT
// The launch digest of a firmware that QEMU launches without an IGVM file (-bios), with or without a kernel.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "abi/snp/vmsa.hpp"
#include "base/bytes.hpp"
#include "tools/image/kernel_hashes.hpp"
#include "tools/measure/measurement.hpp"
#include "tools/support/problem.hpp"

namespace tools::measure {

struct FirmwareLaunch {
    Bytes firmware;
    std::string name;  ///< of the file, for sentences
    unsigned vcpus = 1;
    std::uint32_t signature = 0;  ///< CPUID Fn0000_0001 EAX of the vCPUs' model
    std::uint64_t sev_features = abi::SevFeatures::SnpActive::mask;
    std::optional<image::KernelFiles> hashes{};  ///< with kernel-hashes=on
};

/// The digest of QEMU's order: the file's pages, the sections of its metadata, one VMSA a vCPU. A problem: no firmware
/// for SEV-SNP, more vCPUs than one without the block that says where an AP starts, hashes that it does not look at.
[[nodiscard]] Result<Measurement> measure_firmware(const FirmwareLaunch& launch);

/// CPUID Fn0000_0001 EAX of QEMU's CPU models ("EPYC-v4", "EPYC-Milan"); a problem names those that are known.
[[nodiscard]] Result<std::uint32_t> signature_of(std::string_view model);

}  // namespace tools::measure
