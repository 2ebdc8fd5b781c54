// SPDX-License-Identifier: MIT
// signalfd.
#include "tools/support/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

namespace tools {
namespace {

/// `nohup adyton` asks to survive its terminal.
bool is_ignored(int number) {
    struct sigaction action {};
    return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalReader::SignalReader() {
    sigset_t wanted;
    ::sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM, SIGCHLD}) ::sigaddset(&wanted, number);
    if (!is_ignored(SIGHUP)) ::sigaddset(&wanted, SIGHUP);
    ::sigprocmask(SIG_BLOCK, &wanted, &before_);
    fd_ = Descriptor{::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK)};
}

SignalReader::~SignalReader() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

int SignalReader::take() {
    signalfd_siginfo info;
    if (::read(fd_.get(), &info, sizeof info) != sizeof info) return 0;
    return static_cast<int>(info.ssi_signo);
}

}  // namespace tools
