// SPDX-License-Identifier: MIT
// One machine from its start to its end: QEMU, its channels, the clock, and the user's Ctrl-C.
#pragma once
#include <filesystem>
#include <string>

#include "base/bytes.hpp"
#include "tools/qemu/machine_channel.hpp"
#include "tools/run/options.hpp"

namespace tools::run {

struct Ending {
    enum class Kind { Stopped, TimedOut, Interrupted } kind = Kind::Stopped;
    int signal = 0;       ///< Interrupted: by which
    int wait_status = 0;  ///< of QEMU
    double seconds = 0;
    bool is_after_input = false;  ///< TimedOut: by `Options::seconds_after_input`
};

struct SessionResult {
    MachineChannel channel;
    Ending ending;
    std::string qemu_errors;  ///< what QEMU wrote on stderr
    std::string console{};    ///< the last of what the guest wrote, at most 256 KiB
    std::string counts{};     ///< what the plugin counted, if that was wanted
    std::string qemu{};       ///< version and place of QEMU, if somebody asked
    /// From the start of QEMU to the moment when `Options::mark` had been read from the console; empty:
    /// never.
    std::optional<double> seconds_to_mark{};
};

/// Shows the console on stdout as it comes. With `Options::plain_linux`, `image` is the kernel, `disk` its
/// initrd, and `snpemu` is not used. `disk` is the guest's, changes to it are lost; `memory` is a file
/// that becomes the memory of QEMU's computer. When it returns, QEMU and everything it started is gone.
[[nodiscard]] Result<SessionResult> run_machine(const Options& options, const std::filesystem::path& qemu,
                                                const std::filesystem::path& snpemu, Bytes image,
                                                Bytes disk = {}, std::optional<int> memory = std::nullopt);

}  // namespace tools::run
