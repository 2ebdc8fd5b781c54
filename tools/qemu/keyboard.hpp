// SPDX-License-Identifier: MIT
// Our stdin as the keyboard of the guest's console.
#pragma once
#include <termios.h>

#include <csignal>
#include <optional>

#include "tools/qemu/feeder.hpp"

namespace tools::qemu {

/// While it lives, a terminal on stdin hands over every key at once and echoes nothing: the guest does
/// both. A reader of our stdout that goes away is then an error and no signal, or the terminal would be
/// left like that.
class Keyboard {
public:
    /// Ends the run; every other key is the guest's, Ctrl-C too.
    static constexpr char escape = 0x1d;  // Ctrl-]
    Keyboard();
    ~Keyboard();
    Keyboard(const Keyboard&) = delete;
    Keyboard& operator=(const Keyboard&) = delete;

    [[nodiscard]] Feeder& feeder() { return feeder_; }
    /// Reads what was typed. True when the escape key was among it.
    [[nodiscard]] bool read();
    /// Passes on to the socket `to` what may be passed on now.
    void pass_on(int to);

private:
    std::optional<termios> before_;  ///< empty: stdin is a file or a pipe, as it is
    struct sigaction pipe_before_ {};
    Feeder feeder_;
};

}  // namespace tools::qemu
