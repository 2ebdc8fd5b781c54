// SPDX-License-Identifier: MIT
// What the measured boots of an operating system have in common: how they are started, and how they are shown.
#pragma once
#include "tools/bench/table.hpp"
#include "tools/payload/linux.hpp"
#include "tools/qemu/session.hpp"
#include "tools/run/execute.hpp"

namespace tools::bench {

/// What a measured boot is, beside its kind.
struct BootPlan {
    unsigned cpus, vmpl;
    std::string qemu;           ///< as `run --qemu` takes it
    std::uint64_t tsc_khz = 0;  ///< that the kernel is told; not of a deterministic boot
    bool is_deterministic = false;
};
/// Debian's kernel as far as init, which powers off. Each character of its log is an exit, hence `quiet`.
[[nodiscard]] run::Options boot_options(const BootPlan& plan);
/// The same in QEMU's own computer: firmware, kernel, initrd, command line, CPU model, memory and threads. A problem: it did
/// not reach the last mark.
[[nodiscard]] Result<qemu::SessionResult> boot_plain(const run::Options& options);
/// A boot that does not reach the last mark is a problem, with `again` as the command that shows it.
[[nodiscard]] Result<run::Execution> boot_below_svsm(const run::Options& options, std::string_view again);

/// "adyton: ... ..." on stderr.
void say(std::string_view text);

[[nodiscard]] std::uint64_t rounded(double value);
[[nodiscard]] std::uint64_t percent(double part, double whole);  ///< 0 of nothing
/// Values with unit, goal and change; at most 80 columns.
[[nodiscard]] std::string boot_table(std::string_view title, const Results& results, const Comparison& with);

}  // namespace tools::bench
