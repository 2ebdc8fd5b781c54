// SPDX-License-Identifier: MIT
// Pages that the guest deposited and that the SVSM keeps for its own tables: mapped for all CPUs, never
// unmapped.
//
//   kept_pages_base + n * 4 KiB     page n that was kept
#pragma once
#include "svsm/mm/memory.hpp"

namespace svsm::mm {

inline constexpr Va kept_pages_base{0xffff'ffff'b000'0000};

/// Prepares the page tables for `pages` of them, so that keeping one can never need memory itself. The area
/// has room for 65536; of more, the rest cannot be kept.
[[nodiscard]] BootResult build_kept_pages(Memory& memory, std::uint64_t pages);

}  // namespace svsm::mm
