// SPDX-License-Identifier: MIT
// An index chosen by a guest or host, kept inside its table even while the CPU speculates.
#pragma once
#include <cstdint>

/// `index` when it is below `bound`, else 0: by arithmetic, without a branch that could be mispredicted. A
/// check before a look-up does not bind a CPU that speculates past it, and its caches reveal what it loads
/// then. [AMD "Software Techniques for Managing Speculation", "Mitigation V1-2"]
[[nodiscard]] constexpr std::uint64_t masked_index(std::uint64_t index, std::uint64_t bound) {
    if
        consteval { return index < bound ? index : 0; }
    else {
        std::uint64_t mask;
        // All ones when the subtraction borrows. Opaque, or the compiler would turn it into a branch again.
        asm("cmpq %[bound], %[index]\n\tsbbq %[mask], %[mask]"
            : [mask] "=r"(mask)
            : [index] "r"(index), [bound] "rm"(bound)
            : "cc");
        return index & mask;
    }
}
static_assert(masked_index(3, 4) == 3 && masked_index(4, 4) == 0 && masked_index(~0ull, 4) == 0);
