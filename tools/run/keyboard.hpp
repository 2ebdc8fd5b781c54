// SPDX-License-Identifier: MIT
// Our stdin as the keyboard of the guest's console.
#pragma once
#include <termios.h>

#include <optional>

namespace tools::run {

/// While it lives, a terminal on stdin hands over every key at once and echoes nothing: the guest does both.
class Keyboard {
public:
    /// Ends the run; every other key is the guest's, Ctrl-C too.
    static constexpr char escape = 0x1d;  // Ctrl-]
    Keyboard();
    ~Keyboard();
    Keyboard(const Keyboard&) = delete;
    Keyboard& operator=(const Keyboard&) = delete;

    /// False once stdin has ended.
    [[nodiscard]] bool is_open() const { return is_open_; }
    /// Sends what was typed to the socket `to`. True when the escape key was among it.
    [[nodiscard]] bool pass_on(int to);

private:
    std::optional<termios> before_;
    bool is_open_ = true;
};

}  // namespace tools::run
