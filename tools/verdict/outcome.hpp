// SPDX-License-Identifier: MIT
// Turns the machine's reports into messages for the user. Pure: every test of it runs without a machine.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "abi/adyton/boot_block.hpp"
#include "tools/elf/symbolizer.hpp"
#include "tools/qemu/session.hpp"

namespace tools::verdict {

/// The subject of a run, in the words of the summary.
struct Subject {
    std::string name;
    unsigned cpus;
    std::optional<unsigned> vmpl;
    std::string qemu_cpu;
    double timeout_seconds;
    bool deterministic;
    abi::adyton::GuestKind kind = abi::adyton::GuestKind::Elf;  ///< says whose its termination codes are
    double seconds_after_input = 0;
    std::string qemu{};     ///< version and place of QEMU, for the diagnosis; may be empty
    bool seeks_disk = false;  ///< firmware that has its disks alone: in its shell it has found nothing to boot
    bool restarts = false;  ///< a reboot is followed by another launch, as long as there is time
    [[nodiscard]] bool is_linux() const { return kind == abi::adyton::GuestKind::Linux; }
    [[nodiscard]] bool is_firmware() const { return kind == abi::adyton::GuestKind::Firmware; }
};

/// Of the shell of firmware that waits for a person, behind what a disk's startup.nsh did.
inline constexpr std::string_view firmware_prompt = "Shell>";

struct Outcome {
    ExitCode code;
    std::string sentence;  ///< "demo ran on 4 vCPUs at VMPL1", "a triple fault on CPU 2 at VMPL1"
    bool is_our_problem;   ///< no machine came to be: an error message, neither summary nor diagnosis
};

[[nodiscard]] Outcome decide(const qemu::SessionResult& result, const Subject& subject);

/// The line that ends a run: "adyton: success - demo ran on ...".
[[nodiscard]] std::string summary_line(const Outcome& outcome, const qemu::SessionResult& result,
                                       const Subject& subject);

/// The diagnosis of a failed run: verdict, place with symbol, the meaning of a Linux's termination request,
/// last events, vCPU states, QEMU's own words.
[[nodiscard]] std::string diagnosis(const qemu::SessionResult& result, const Subject& subject,
                                    const elf::Symbolizer& symbols);

/// A note of the running machine, as a line for stderr.
[[nodiscard]] std::string note_line(const qemu::Fields& note);

}  // namespace tools::verdict
