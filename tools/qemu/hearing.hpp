// SPDX-License-Identifier: MIT
// Collects QEMU's output while it runs: each channel's bytes go to one of these functions and become part
// of the result.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "tools/qemu/keyboard.hpp"
#include "tools/qemu/monitor.hpp"
#include "tools/qemu/session.hpp"

namespace tools::qemu {

/// Stays where it is: the streams point to it.
class Hearing {
public:
    using Clock = std::chrono::steady_clock;
    /// `console`: with Dialogue a person works at it, and the guest may move the cursor.
    Hearing(const Watch& watch, Console console);
    Hearing(const Hearing&) = delete;
    Hearing& operator=(const Hearing&) = delete;

    /// The console has shown `Watch::until`.
    [[nodiscard]] bool has_reached() const { return has_reached_; }
    /// QEMU starts now: `Watch::marks` are timed from here.
    void begin() { start_ = Clock::now(); }
    void hear_console(std::string_view chunk);
    void hear_machine(std::string_view chunk) { result_.channel.feed(chunk); }
    void hear_errors(std::string_view chunk);
    void hear_monitor(std::string_view chunk);

    /// From here to `close` stdin is the guest's keyboard.
    void open_keyboard() { keyboard_.emplace(); }
    /// Null: there is no input.
    [[nodiscard]] Keyboard* keyboard() { return keyboard_ ? &*keyboard_ : nullptr; }
    [[nodiscard]] const MachineChannel& channel() const { return result_.channel; }

    /// The terminal is as it was; input that was not passed on, an open line and QEMU's errors are told.
    [[nodiscard]] SessionResult close(const Ending& ending, std::string counts) &&;

private:
    void show(std::string_view text);
    const Watch& watch_;
    bool cleans_;                ///< stdout is a terminal that a guest is not to steer
    bool has_reached_ = false, line_is_open_ = false;  ///< on stdout
    std::optional<Keyboard> keyboard_{};
    MonitorReader monitor_{};
    Clock::time_point start_ = Clock::now();
    SessionResult result_;
};

}  // namespace tools::qemu
