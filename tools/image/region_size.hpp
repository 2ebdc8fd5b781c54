// SPDX-License-Identifier: MIT
// The memory that an SVSM needs for a guest: it keeps the state of every page (docs/page-states.md).
#pragma once
#include <algorithm>
#include <cstdint>

#include "abi/adyton/boot_block.hpp"
#include "abi/adyton/limits.hpp"
#include "base/address.hpp"

namespace tools::image {

/// Bytes of a region that has room for the states of `memory_bytes` of guest memory beside the program, `cpus` CPUs and
/// their objects: whole 2 MiB, the default unless that is too small. The SVSM itself refuses to start with less.
[[nodiscard]] constexpr std::uint64_t region_bytes_for(std::uint64_t memory_bytes, unsigned cpus) {
    // For each 2 MiB: two bits for each page, and a pointer. Ranges of a memory map may begin and end
    // within a block.
    constexpr std::uint64_t block_bytes = 128 + 8, partial_blocks = 64;
    // A vCPU has stacks, windows, a GHCB, a VMSA and a page of its own: 13 pages, and its share of the rest. An image
    // made for few runs on more, so there is always room for 64.
    constexpr std::uint64_t vcpu_bytes = 64ull << 10;
    const std::uint64_t all_else = std::max(cpus, 64u) * vcpu_bytes;
    const auto states = (memory_bytes / large_page_bytes + partial_blocks) * block_bytes;
    return std::max(abi::adyton::svsm_default_bytes, round_up(states + all_else, large_page_bytes));
}
static_assert(region_bytes_for(256ull << 20, 64) == abi::adyton::svsm_default_bytes &&
              region_bytes_for(64ull << 30, 4) == 10ull << 20 && region_bytes_for(256ull << 20, 254) == 16ull << 20);

}  // namespace tools::image
