// SPDX-License-Identifier: MIT
// What a call of PVALIDATE costs on average, out of calls of many lengths.
#pragma once
#include <cstdint>
#include <span>

namespace tools::bench {

/// One entry of VMPL0 for PVALIDATE: a list, or the part of one before INCOMPLETE.
struct PvalidateCall {
    std::uint64_t small = 0, large = 0;  ///< entries of 4 KiB and 2 MiB
    std::uint64_t instructions = 0;      ///< zeroing not included
};

/// Calls of one length tell no more than their sum: firmware's lists have nearly all four entries of 2 MiB, or one of
/// 4 KiB. What a list and an entry cost apart is in `adyton bench`, whose lists have many lengths.
struct CallCost {
    double small = 0, large = 0;  ///< of an average call whose entries are all of that size, entries included
};
/// Calls that only validate. A cost is 0 when there is no such call.
[[nodiscard]] CallCost mean_cost(std::span<const PvalidateCall> calls);

}  // namespace tools::bench
