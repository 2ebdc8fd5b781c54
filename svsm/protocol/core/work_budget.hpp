// SPDX-License-Identifier: MIT
// Bounds the time that one call keeps its vCPU from its guest.
#pragma once
#include <cstdint>

#include "base/address.hpp"

namespace svsm::core {

/// Counts work in pages of 4 KiB zeroed, the slowest step of a call. A call ends with "incomplete" before it
/// exceeds `limit` of them. So a guest waits for about 2048 * (512 + 200) instructions and 8 MiB of stores,
/// not for the GiB that a list may name. Every step is smaller than the limit, so every call makes progress.
class WorkBudget {
public:
    static constexpr std::uint32_t limit = 2048;

    /// Takes `pages` from the budget; false when they exceed it, and then the call ends.
    [[nodiscard]] bool take(std::uint32_t pages) {
        left_ -= pages;
        return static_cast<std::int32_t>(left_) >= 0;
    }

private:
    std::uint32_t left_ = limit;
};
static_assert(WorkBudget::limit >= large_page_bytes / page_bytes);

}  // namespace svsm::core
