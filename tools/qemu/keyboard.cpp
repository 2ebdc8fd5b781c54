// SPDX-License-Identifier: MIT
#include "tools/qemu/keyboard.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tools::qemu {

Keyboard::Keyboard() : feeder_{::isatty(STDIN_FILENO) == 1 ? Feeder::Source::Person : Feeder::Source::Pipe} {
    termios mode;
    if (::tcgetattr(STDIN_FILENO, &mode) != 0) return;
    before_ = mode;
    struct sigaction ignored {};
    ignored.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignored, &pipe_before_);
    ::cfmakeraw(&mode);
    // Our own messages still want their line ends.
    mode.c_oflag |= OPOST | ONLCR;
    (void)::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

Keyboard::~Keyboard() {
    if (!before_) return;
    (void)::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
    ::sigaction(SIGPIPE, &pipe_before_, nullptr);
}

bool Keyboard::read() {
    std::array<char, 4096> keys;
    const ssize_t got = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return false;
    const auto now = Feeder::Clock::now();
    if (got <= 0) {
        feeder_.end(now);
        return false;
    }
    const auto end = keys.begin() + got;
    const auto escaped = before_ ? std::find(keys.begin(), end, escape) : end;
    feeder_.take({keys.data(), static_cast<std::size_t>(escaped - keys.begin())}, now);
    return escaped != end;
}

void Keyboard::pass_on(int to) {
    // QEMU takes from the socket what the port has room for, so an empty socket is a line that has taken all.
    int queued = 0;
    const bool is_line_free = ::ioctl(to, SIOCOUTQ, &queued) == 0 && queued == 0;
    const std::string bytes = feeder_.next(Feeder::Clock::now(), is_line_free);
    if (bytes.empty()) return;
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    feeder_.give_back(std::string_view{bytes}.substr(static_cast<std::size_t>(std::max<ssize_t>(sent, 0))));
}

}  // namespace tools::qemu
