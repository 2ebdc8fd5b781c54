// SPDX-License-Identifier: MIT
// The cost of the SVSM and its machine in a boot of Debian's firmware and Debian's kernel behind it.
#pragma once
#include "tools/bench/firmware_trace.hpp"
#include "tools/bench/linux_boot.hpp"

namespace tools::bench {

/// Seconds from the start of QEMU; the least of several boots.
struct BootTimes {
    double to_manager = 0, to_init = 0;
};
/// Both of two, each the lesser one.
[[nodiscard]] BootTimes least(const BootTimes& a, const BootTimes& b);

struct FirmwareBoot {
    BootTimes plain, svsm;
    std::uint64_t plain_instructions = 0;  ///< of all programs, from the start of QEMU to the power-off
    std::uint64_t svsm_instructions = 0;   ///< the same with machine and SVSM
    BootCount start, calls;                ///< the SVSM before the guest, and after; `guest` is in the latter
    FirmwareTrace recorded;
};
/// The names of docs/bench.md.
[[nodiscard]] Results to_results(const FirmwareBoot& boot);
/// Divides what was counted at the first instruction of a guest. For one vCPU.
void take_counts(const count::Result& counted, FirmwareBoot& boot);

/// Boots firmware and Linux several times and says on stderr what it is doing.
[[nodiscard]] Result<FirmwareBoot> measure_firmware_boot(const Install& install, const std::string& qemu);

}  // namespace tools::bench
