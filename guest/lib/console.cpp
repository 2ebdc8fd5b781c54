// SPDX-License-Identifier: MIT
#include "guest/lib/console.hpp"

#include <algorithm>
#include <cstring>

#include "abi/adyton/guest_info.hpp"
#include "guest/lib/ghcb.hpp"
#include "kern/spinlock.hpp"

namespace guest::console {
namespace {
constinit Spinlock line_lock;
}

void write_unlocked(std::string_view text) {
    if (ghcb::out_string(abi::adyton::console_port, text)) return;
    // A host without string I/O still takes bytes. A failure here cannot be reported.
    for (const char c : text) (void)ghcb::out_byte(abi::adyton::console_port, static_cast<std::uint8_t>(c));
}

void write_line(std::string_view line) {
    char text[257];
    const auto length = std::min(line.size(), sizeof text - 1);
    std::memcpy(text, line.data(), length);
    text[length] = '\n';
    const LockGuard guard{line_lock};
    write_unlocked({text, length + 1});  // with its newline in one event, so that nothing comes between
}

}  // namespace guest::console
