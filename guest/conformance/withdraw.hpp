// SPDX-License-Identifier: MIT
// Taking back what was deposited.
#pragma once
#include <cstdint>

#include "abi/svsm/core.hpp"

namespace conf {

/// What WITHDRAW_MEM writes. [SVSM "SVSM_CORE_WITHDRAW_MEM Call"]
struct WithdrawList {
    std::uint16_t count, reserved[3];
    std::uint64_t pages[abi::pvalidate_max_entries];
};

struct Withdrawn {
    std::uint64_t result;  ///< of the last call
    std::uint64_t pages;   ///< in all calls together
    bool all_zero;         ///< what came back could be reached and was cleared
};
/// Calls until the SVSM returns no more pages.
[[nodiscard]] Withdrawn withdraw_all();

}  // namespace conf
