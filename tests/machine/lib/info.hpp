// SPDX-License-Identifier: MIT
// What the image maker tells a program of rules; the program finds its address in RDI.
#pragma once
#include <array>
#include <cstdint>

namespace rules {

/// All rules that one program may have; the image maker refuses more.
inline constexpr unsigned most_rules = 512;

/// One page. What is named here was launched, private and validated, unless it says otherwise.
struct Info {
    std::uint64_t c_bit;                ///< number of the bit
    std::uint64_t tables, table_pages;  ///< root of the page tables in use, and all of them behind it
    std::uint64_t cpuid_page, secrets_page;
    std::uint64_t pool_begin, pool_end;                   ///< zeroed pages for rules
    std::uint64_t loose_begin, loose_end;                 ///< pages that were not launched: the hypervisor's
    std::uint64_t large_begin, large_end;                 ///< the same, by 2 MiB
    std::array<std::uint64_t, most_rules / 64> selected;  ///< by the order of the rules in the program
    std::uint64_t seed, steps, tells_steps;  ///< of a random program (../fuzz); else 0
};
static_assert(sizeof(Info) <= 4096);

/// The launch maps each address to itself, private: by 4 KiB below the first of these addresses, by 2 MiB below the
/// second, everything present, writable, executable, accessed and dirty, and not open to CPL 3.
inline constexpr std::uint64_t small_map_end = 64ull << 20, map_end = 4ull << 30;
/// Here the same addresses appear shared, by 2 MiB.
inline constexpr std::uint64_t shared_base = 1ull << 39;

}  // namespace rules
