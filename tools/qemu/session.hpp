// SPDX-License-Identifier: MIT
// One QEMU from its start to its end: its channels, the clock, and the user's Ctrl-C.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/qemu/machine_channel.hpp"
#include "tools/qemu/spec.hpp"
#include "tools/support/problem.hpp"

namespace tools::qemu {

/// How long a session may last, and what of it is shown while it lasts.
struct Watch {
    double timeout_seconds = 60;
    /// A session with input ends this long after the last byte of it; empty: `timeout_seconds` counts.
    std::optional<double> seconds_after_input{};
    bool quiet = false;    ///< the guest's console is kept from stdout
    bool verbose = false;  ///< the machine's log and QEMU's errors go to stderr
    std::vector<std::string> marks{};  ///< texts on the console whose times are wanted
    std::string until{};   ///< text on the console that ends the session; empty: none
    std::function<void(const Fields&)> on_note = [](const Fields&) {
    };  ///< the machine has something to tell the user
    /// The AMD-SP has finished the launch, and said what it measured. False ends the session.
    std::function<bool(const Fields&)> accepts_launch = [](const Fields&) { return true; };
    /// The machine has reached the first instruction of Debugger and waits for gdb on this port.
    /// Another thread calls.
    std::function<void(std::uint16_t)> on_debugger = [](std::uint16_t) {};
};

struct Ending {
    enum class Kind { Stopped, TimedOut, Interrupted, LaunchRefused, Reached } kind = Kind::Stopped;
    int signal = 0;       ///< Interrupted: by which
    int wait_status = 0;  ///< of QEMU
    double seconds = 0;
    bool is_after_input = false;  ///< TimedOut: by `Watch::seconds_after_input`
};

struct SessionResult {
    MachineChannel channel;
    Ending ending{};
    std::string qemu_errors{};  ///< what QEMU wrote on stderr
    std::string console{};      ///< the last of what the guest wrote, at most 256 KiB
    std::string counts{};       ///< what the plugin counted, if that was wanted
    /// From the start of QEMU to the moment when each of `Watch::marks` had been read from the console; empty: never.
    std::vector<std::optional<double>> seconds_to_marks{};
};

/// Shows the console on stdout as it comes. What `spec` points to outlives the call. When it returns, QEMU
/// and everything it started is gone. A problem: QEMU cannot be started, or the debugger's port is taken.
[[nodiscard]] Result<SessionResult> run(const Spec& spec, const Watch& watch);

}  // namespace tools::qemu
