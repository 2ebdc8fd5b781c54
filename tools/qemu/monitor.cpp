// SPDX-License-Identifier: MIT
#include "tools/qemu/monitor.hpp"

#include <sys/socket.h>

#include <cstdlib>

namespace tools::qemu {
namespace {

/// The interrupt enable register of COM1: one byte behind its data. Reading it changes nothing.
constexpr std::string_view question = "i/b 0x3f9\n", answer = "portb[0x03f9] = 0x";
constexpr std::size_t digits = 2, enough_text = 4096;

}  // namespace

Result<Monitor> Monitor::make() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return problem("cannot make a socket pair");
    return Monitor{Descriptor{ends[0]}, Descriptor{ends[1]}};
}

void Monitor::say(std::string_view text) {
    (void)::send(here_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Monitor::ask_for_states() { say("o/b 0x70 0x50\no/b 0x71 0xad\nnmi\n"); }

void Monitor::ask_for_interrupts() { say(question); }

std::optional<unsigned> MonitorReader::feed(std::string_view chunk) {
    text_ += chunk;
    const std::size_t found = text_.rfind(answer);
    std::optional<unsigned> value;
    if (found != std::string::npos && text_.size() >= found + answer.size() + digits) {
        const std::string number = text_.substr(found + answer.size(), digits);
        value = static_cast<unsigned>(std::strtoul(number.c_str(), nullptr, 16));
        text_.erase(0, found + answer.size() + digits);
    }
    if (text_.size() > enough_text) text_.erase(0, text_.size() - answer.size() - digits);
    return value;
}

}  // namespace tools::qemu
