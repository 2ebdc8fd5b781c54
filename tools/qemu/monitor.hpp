// SPDX-License-Identifier: MIT
// QEMU's monitor, for two questions: the states of a machine that hangs, and whether a guest listens.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::qemu {

/// A socket, because writing to a dead one must not raise SIGPIPE.
class Monitor {
public:
    [[nodiscard]] static Result<Monitor> make();
    [[nodiscard]] int other_end() const { return there_.get(); }
    void close_other_end() { there_.close(); }
    /// The mark in CMOS tells the machine that this NMI is a question, not one of its own kicks. A monitor
    /// that does not listen is a QEMU that is about to be killed anyway.
    void ask_for_states();
    /// Which interrupts the guest's driver wants of the console's port; QEMU's answer is on its stdout.
    void ask_for_interrupts();

private:
    Monitor(Descriptor here, Descriptor there) : here_{std::move(here)}, there_{std::move(there)} {}
    void say(std::string_view text);
    Descriptor here_, there_;
};

/// Finds the answers to `ask_for_interrupts` among what the monitor prints, which echoes every key.
class MonitorReader {
public:
    /// The last answer in what came so far, if there is one that was not given yet.
    [[nodiscard]] std::optional<unsigned> feed(std::string_view chunk);

private:
    std::string text_;
};

}  // namespace tools::qemu
