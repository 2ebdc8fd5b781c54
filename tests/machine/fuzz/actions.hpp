// SPDX-License-Identifier: MIT
// What a random program does, one step after the other. Whatever a step does to CPU and memory is the guest's right:
// the machine may end the guest for it, and must not end itself.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "tests/machine/fuzz/random.hpp"

namespace rules::fuzz {

/// What the steps share. Pages are given out once: a program has more steps than the pool has pages.
struct Ground {
    Random& random;
    std::uint64_t pages;  ///< `page_count` pages of the program's own, in a row
    std::uint64_t loose;  ///< as many of the hypervisor's
    std::uint64_t code;   ///< one page that is executed
    static constexpr std::uint64_t page_count = 32;
    /// An address that is worth a try: own pages, the hypervisor's, tables, special pages, devices, nothing at all.
    [[nodiscard]] std::uint64_t address();
    /// One of the program's own pages.
    [[nodiscard]] std::uint64_t own_page() { return pages + random.below(page_count) * 4096; }
};

struct Action {
    std::string_view name;
    unsigned weight;  ///< how often, relative to the others
    void (*run)(Ground& ground);
};

/// RMP and memory: PVALIDATE, RMPADJUST, table entries, accesses of any kind.
[[nodiscard]] std::span<const Action> memory_actions();
/// The hypervisor: GHCB MSR, GHCB page, lists of page state changes, AP creation, Run VMPL.
[[nodiscard]] std::span<const Action> host_actions();
/// The CPU: instructions of any kind with registers of any value, in each mode; MSRs, control registers.
[[nodiscard]] std::span<const Action> cpu_actions();
/// Other VMPLs: save areas that were spoiled, entered.
[[nodiscard]] std::span<const Action> level_actions();

/// Calls `code` with these values in RAX, RCX, RDX, RBX, RSI, RDI, RBP and R8 to R15.
/// Only an exception ends the call.
extern "C" void fuzz_enter(std::uint64_t code, const std::uint64_t (&registers)[15]);
/// The same in 32-bit code.
extern "C" void fuzz_enter_32(std::uint64_t code, const std::uint64_t (&registers)[15]);

}  // namespace rules::fuzz
