// SPDX-License-Identifier: MIT
// A firmware as a guest: its file below 4 GiB, and the memory that it wants to find beside it.
#pragma once
#include <string>

#include "base/bytes.hpp"
#include "tools/image/guest.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

/// Which program fills the pages for secrets and CPUID: the AMD-SP, or the SVSM from its own.
enum class FirmwareLevel : std::uint8_t { Vmpl0, BelowSvsm };

/// Every page of the file, also one of zeros, then the sections of its metadata: the order in which QEMU launches it. A
/// problem: no firmware for SEV-SNP, or one without a place for a calling area where there is an SVSM. `name` is what
/// sentences call the file.
[[nodiscard]] Result<LoadedGuest> load_firmware(Bytes file, const std::string& name, FirmwareLevel level);

}  // namespace tools::image
