// SPDX-License-Identifier: MIT
// The memory that an SVSM needs for a guest: it keeps the state of every page (docs/page-states.md).
#pragma once
#include <algorithm>
#include <cstdint>

#include "abi/adyton/boot_block.hpp"
#include "abi/adyton/limits.hpp"
#include "base/address.hpp"

namespace tools::image {

/// Bytes of a region that has room for the states of `memory_bytes` of guest memory beside the program, its
/// CPUs and their objects: whole 2 MiB, the default unless that is too small. The SVSM itself refuses to
/// start with less.
[[nodiscard]] constexpr std::uint64_t region_bytes_for(std::uint64_t memory_bytes) {
    // For each 2 MiB: two bits for each page, and a pointer. Ranges of a memory map may begin and end
    // within a block.
    constexpr std::uint64_t block_bytes = 128 + 8, partial_blocks = 64;
    // A vCPU has stacks, windows, a GHCB, a VMSA and a page of its own: 13 pages, and its share of the rest. The image
    // does not say on how many of them it will run.
    constexpr std::uint64_t vcpu_bytes = 64ull << 10, least_else = 4ull << 20;
    constexpr auto all_else = std::max(least_else, abi::adyton::max_vcpus * vcpu_bytes);
    const auto states = (memory_bytes / large_page_bytes + partial_blocks) * block_bytes;
    return std::max(abi::adyton::svsm_default_bytes, round_up(states + all_else, large_page_bytes));
}
static_assert(abi::adyton::max_vcpus > 64 ||
              (region_bytes_for(256ull << 20) == abi::adyton::svsm_default_bytes &&
               region_bytes_for(64ull << 30) == 10ull << 20));

}  // namespace tools::image
