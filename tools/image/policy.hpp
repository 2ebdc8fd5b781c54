// SPDX-License-Identifier: MIT
// What every image has in common, with an SVSM or without.
#pragma once
#include "tools/image/image.hpp"

namespace tools::image {

/// SMT allowed, the reserved bit that must be one, no debugging; with `pages_stay` also PAGE_SWAP_DISABLE: no
/// SNP_PAGE_MOVE, SNP_SWAP_OUT, SNP_SWAP_IN. [SNP-ABI "Guest Policy"]
[[nodiscard]] constexpr std::uint64_t policy_of(const Options& options) {
    constexpr std::uint64_t smt_and_reserved = 0x30000, no_page_swap = 1 << 25;
    return smt_and_reserved | (options.pages_stay ? no_page_swap : 0);
}

[[nodiscard]] inline Result<void> check_c_bit(unsigned c_bit) {
    if (c_bit < 32 || c_bit > 51) return problem("C-bit {} is not possible; choose 32 to 51", c_bit);
    return {};
}

}  // namespace tools::image
