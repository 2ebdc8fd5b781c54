// SPDX-License-Identifier: MIT
// The cost of the SVSM and its machine in a boot of Linux: one boot without them, one with, one counted.
#pragma once
#include <cstdint>

#include "tools/bench/table.hpp"
#include "tools/count/result.hpp"
#include "tools/support/install.hpp"

namespace tools::bench {

/// Instructions of a whole boot, from the SVSM's first to the power-off. Every step of a REP counts as one.
struct BootCount {
    std::uint64_t guest = 0;    ///< below VMPL0
    std::uint64_t vmpl0 = 0;    ///< in the SVSM, waiting included, zeroing not
    std::uint64_t zeroing = 0;  ///< in the SVSM: steps of REP STOS
};
[[nodiscard]] BootCount boot_count(const count::Result& counted);

struct LinuxBoot {
    double plain_seconds = 0, svsm_seconds = 0;        ///< from the start of QEMU to the first line of init
    double launch_seconds = 0;                         ///< of `svsm_seconds`: the machine measures the image
    std::uint64_t svsm_calls = 0, world_switches = 0;  ///< of the timed boot, all vCPUs
    std::uint64_t native_exits = 0;                    ///< the same: how often QEMU's CPUs left a guest
    BootCount count;                                   ///< of the counted boot
};
/// The names of docs/bench.md. Relations are whole numbers: percent, and parts per million.
[[nodiscard]] Results to_results(const LinuxBoot& boot);

/// Boots Linux three times and says on stderr what it is doing. A boot that does not reach init, or a QEMU
/// that cannot count, is a problem.
[[nodiscard]] Result<LinuxBoot> measure_linux_boot(const Install& install, const std::string& qemu);

}  // namespace tools::bench
