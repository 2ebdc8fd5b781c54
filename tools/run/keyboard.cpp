// SPDX-License-Identifier: MIT
#include "tools/run/keyboard.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace tools::run {

Keyboard::Keyboard() {
    termios mode;
    if (::tcgetattr(STDIN_FILENO, &mode) != 0) return;  // a file or a pipe: as it is
    before_ = mode;
    ::cfmakeraw(&mode);
    // Our own messages still want their line ends.
    mode.c_oflag |= OPOST | ONLCR;
    (void)::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

Keyboard::~Keyboard() {
    if (before_) (void)::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

bool Keyboard::pass_on(int to) {
    std::array<char, 256> keys;
    const ssize_t got = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (got <= 0) {
        is_open_ = false;
        return false;
    }
    const auto end = keys.begin() + got;
    const auto escaped = before_ ? std::find(keys.begin(), end, escape) : end;
    // What a guest that does not listen cannot take is lost, as on a real line.
    (void)::send(to, keys.data(), static_cast<std::size_t>(escaped - keys.begin()),
                 MSG_NOSIGNAL | MSG_DONTWAIT);
    return escaped != end;
}

}  // namespace tools::run
