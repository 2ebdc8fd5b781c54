// SPDX-License-Identifier: MIT
#include "tests/machine/lib/console.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "kern/spinlock.hpp"
#include "tests/machine/lib/context.hpp"
#include "tests/machine/lib/ghcb.hpp"

namespace rules::console {
namespace {

constexpr std::uint16_t com1 = 0x3f8;
constinit Spinlock lock;
constinit std::array<char, 4096> left{};
constinit std::size_t left_bytes = 0;

}  // namespace

void write(std::string_view text) {
    if (context().is_main) return ghcb::out_string(com1, text);
    const LockGuard guard{lock};
    const std::size_t bytes = std::min(text.size(), left.size() - left_bytes);
    std::memcpy(left.data() + left_bytes, text.data(), bytes);
    left_bytes += bytes;
}

void flush() {
    const LockGuard guard{lock};
    if (left_bytes != 0) ghcb::out_string(com1, {left.data(), left_bytes});
    left_bytes = 0;
}

}  // namespace rules::console
