// SPDX-License-Identifier: MIT
// A firmware as a guest: its file below 4 GiB, and the memory that it wants to find beside it.
#pragma once
#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "tools/image/guest.hpp"
#include "tools/image/kernel_hashes.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

/// Which program fills the pages for secrets and CPUID: the AMD-SP, or the SVSM from its own.
enum class FirmwareLevel : std::uint8_t { Vmpl0, BelowSvsm };

/// Whether the image holds hashes of the kernel, and so the launch digest covers it.
enum class KernelHashes : std::uint8_t { WhereLookedAt, On, Off };

/// A kernel for firmware that looks at no disk.
struct FirmwareKernel {
    KernelFiles files;
    KernelHashes hashes = KernelHashes::WhereLookedAt;
};

/// Every page of the file, also one of zeros, then the sections of its metadata: the order in which QEMU launches it. A
/// problem: no firmware for SEV-SNP, one without a place for a calling area where there is an SVSM, or hashes that it does
/// not look at. `name` is what sentences call the file; `kernel` is null when there is none.
[[nodiscard]] Result<LoadedGuest> load_firmware(Bytes file, const std::string& name, FirmwareLevel level,
                                                const FirmwareKernel* kernel = nullptr);

/// A problem: a section of `guest` that lies in the SVSM's region, or where a guest with `memory` bytes has none. `svsm` is
/// empty when there is no SVSM.
[[nodiscard]] Result<void> check_sections(const LoadedGuest& guest, GpaRange svsm, std::uint64_t memory);

}  // namespace tools::image
