// SPDX-License-Identifier: MIT
// Code that a rule puts together: at CPL 3, or in a page with properties of its own.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "tests/machine/lib/exception.hpp"

namespace rules {

using CodeBytes = std::initializer_list<std::uint8_t>;

/// Into a fresh page, with RET behind it.
[[nodiscard]] std::uint64_t make_code(CodeBytes code);
/// Calls code at CPL 0.
void call(std::uint64_t code);

struct UserRegisters {
    std::uint64_t rax = 0, rcx = 0, rdx = 0;
};
/// Runs `code` in 64-bit mode at CPL 3, in a page that only it may use there. Behind it stands UD2, so a fault of some
/// kind always ends it; `ran_through` says that it was this one.
[[nodiscard]] Fault run_user(CodeBytes code, const UserRegisters& registers = {});
[[nodiscard]] bool ran_through(const Fault& fault);
/// Opens `va` to CPL 3 in the tables of the launch.
void open_to_user(std::uint64_t va);

}  // namespace rules
