// SPDX-License-Identifier: MIT
// Turns the options of a run into the specification of a QEMU.
#pragma once
#include <filesystem>

#include "tools/measure/measurement.hpp"
#include "tools/qemu/session.hpp"
#include "tools/run/options.hpp"
#include "tools/verdict/outcome.hpp"

namespace tools::run {

/// Everything that a run needs, found: every problem that can occur before QEMU starts has been reported.
struct Prepared {
    payload::Payload payload;
    std::filesystem::path qemu, snpemu;
    qemu::Threads threads;
    unsigned c_bit;  ///< of the machine: what the image was built for
    /// What the launch has to measure; empty when the image is not one that can be launched, which the machine will say.
    std::optional<measure::Measurement> measurement;
};
/// A problem names what is missing or does not fit together.
[[nodiscard]] Result<Prepared> prepare(const Options& options);

/// Points to `prepared`. Without a trace's memory and a debugger's place, which `run` alone adds.
[[nodiscard]] qemu::Spec spec_of(const Options& options, const Prepared& prepared);
/// Notes of the machine go to stderr.
[[nodiscard]] qemu::Watch watch_of(const Options& options);
[[nodiscard]] verdict::Subject subject_of(const Options& options, const payload::Payload& payload);
/// "10.0.2, a thread for each CPU, /usr/bin/qemu-system-x86_64". Asks the program for its version.
[[nodiscard]] std::string about_qemu(const Prepared& prepared);

}  // namespace tools::run
