// SPDX-License-Identifier: MIT
// Pages for rules and the tables that map them. Nothing is given back: a rule may leave its pages in any state.
#pragma once
#include <cstdint>

#include "tests/machine/lib/info.hpp"

namespace rules {

[[nodiscard]] const Info& info();
void set_info(const Info& from);
[[nodiscard]] inline std::uint64_t c_mask() { return 1ull << info().c_bit; }

/// Zeroed, private, validated, mapped to itself; never at a multiple of 2 MiB. Ends the run when there is none left.
[[nodiscard]] std::uint64_t allocate_page();
/// `count` such pages in a row.
[[nodiscard]] std::uint64_t allocate_pages(std::uint64_t count);
/// A page of the hypervisor's below `small_map_end`: usable at once through `shared`.
[[nodiscard]] std::uint64_t allocate_loose();
/// 2 MiB of the hypervisor's, aligned.
[[nodiscard]] std::uint64_t allocate_large();

template <class T = std::uint64_t>
[[nodiscard]] volatile T& at(std::uint64_t va) {
    return *reinterpret_cast<volatile T*>(va);
}
/// A load whose value does not matter; an expression `at(va);` makes none.
inline void peek(std::uint64_t va) { asm volatile("mov (%0), %%rax" : : "r"(va) : "rax", "memory"); }
/// The same page through the map without the C-bit.
[[nodiscard]] inline std::uint64_t shared(std::uint64_t gpa) { return shared_base + gpa; }

/// Entry of `level` (1: 4 KiB, 4: root) for `va` in the tables of the launch. The change needs a flush.
[[nodiscard]] volatile std::uint64_t& entry_of(std::uint64_t va, unsigned level = 1);
/// A copy of all tables as they are now, in pages of the pool: the root. Its upper entries point into the copy.
/// `entry_in` is `entry_of` for it.
[[nodiscard]] std::uint64_t copy_tables();
[[nodiscard]] volatile std::uint64_t& entry_in(std::uint64_t root, std::uint64_t va, unsigned level = 1);

/// After each rule: tables, control registers, descriptor tables, handlers and GHCB as they were.
void save_state();
void restore_state();

}  // namespace rules
