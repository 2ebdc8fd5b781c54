// SPDX-License-Identifier: MIT
// What a call of PVALIDATE costs, out of calls of many lengths: so much each, and so much for each entry.
#pragma once
#include <cstdint>
#include <span>

namespace tools::bench {

/// One entry of VMPL0 for PVALIDATE: a list, or the part of one before INCOMPLETE.
struct PvalidateCall {
    std::uint64_t small = 0, large = 0;  ///< entries of 4 KiB and 2 MiB
    std::uint64_t instructions = 0;      ///< zeroing not included
};

struct CallCost {
    double call = 0, small = 0, large = 0;
};
/// The least squares of calls that only validate. A cost is 0 when no call tells it.
[[nodiscard]] CallCost fit(std::span<const PvalidateCall> calls);

}  // namespace tools::bench
