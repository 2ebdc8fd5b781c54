// SPDX-License-Identifier: MIT
// Signals as something to read, so that an interrupted run is an ordinary path through the program.
#pragma once
#include <csignal>

#include "tools/support/file.hpp"

namespace tools {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGCHLD wait in a descriptor instead of acting.
class [[nodiscard]] SignalReader {
public:
    SignalReader();
    ~SignalReader();
    SignalReader(const SignalReader&) = delete;
    SignalReader& operator=(const SignalReader&) = delete;
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The next signal that waits, 0 when none does.
    [[nodiscard]] int take();

private:
    sigset_t before_{};
    Descriptor fd_;
};

}  // namespace tools
