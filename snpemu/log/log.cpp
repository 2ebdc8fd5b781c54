// SPDX-License-Identifier: MIT
#include "snpemu/log/log.hpp"

#include "kern/spinlock.hpp"
#include "snpemu/cpu/cpu.hpp"

namespace snpemu {
namespace {

constexpr std::uint16_t debug_console = 0xe9;
constinit Spinlock log_lock;

}  // namespace

void write_line(std::string_view line) {
    const LockGuard guard{log_lock};
    for (const char c : line) cpu::out8(debug_console, static_cast<std::uint8_t>(c));
    cpu::out8(debug_console, '\n');
}

}  // namespace snpemu
