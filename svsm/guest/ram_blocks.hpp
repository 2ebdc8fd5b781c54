// SPDX-License-Identifier: MIT
// Numbers the blocks of 2 MiB in which there is RAM. Tables indexed by this number spend nothing on the gaps
// of a memory map.
#pragma once
#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "svsm/guest/ram_map.hpp"

namespace svsm {

class RamBlocks {
public:
    /// The number of no block.
    static constexpr std::uint32_t none = ~0u;

    RamBlocks() = default;
    /// Numbers the blocks of every range of `ram`. Blocks at a range's ends count even if only part of
    /// them is RAM.
    explicit RamBlocks(const RamMap& ram) {
        for (const auto& range : ram) add(range.begin.value() / large_page_bytes, last_block(range) + 1);
        // Most pages lie in the largest run, so it comes first.
        std::ranges::sort(std::span{runs_}.first(run_count_), std::ranges::greater{}, &Run::blocks);
    }

    [[nodiscard]] std::uint32_t count() const { return count_; }
    /// Number of the block around `at`, below `count()`; `none` where there is no RAM. Runs for every page of
    /// a call, so the check for a wrapping address is off: `run` never leaves `runs_`. Code that follows a
    /// pointer found by this number masks it against speculation (private_objects.hpp).
    [[nodiscard]] [[clang::no_sanitize("pointer-overflow")]] std::uint32_t find(Gpa at) const {
        const auto block = at.value() / large_page_bytes;
        const auto* run = runs_.data();
        for (auto left = run_count_; left != 0; --left, ++run)
            if (const auto distance = block - run->first; distance < run->blocks) [[likely]]
                return run->number + static_cast<std::uint32_t>(distance);
        return none;
    }

private:
    struct Run {
        std::uint64_t first, blocks;  ///< addresses / 2 MiB
        std::uint32_t number;         ///< of the first
    };
    static constexpr std::uint64_t last_block(GpaRange range) {
        return (range.end.value() - 1) / large_page_bytes;
    }

    /// Adds ranges, which come in ascending order; two that share a block make one run.
    void add(std::uint64_t first, std::uint64_t end) {
        if (run_count_ != 0) {
            auto& last = runs_[run_count_ - 1];
            const auto last_end = last.first + last.blocks;
            if (first <= last_end) {
                count_ += static_cast<std::uint32_t>(end - last_end);
                last.blocks = end - last.first;
                return;
            }
        }
        runs_[run_count_++] = {first, end - first, count_};  // no more runs than a map has ranges
        count_ += static_cast<std::uint32_t>(end - first);
    }

    std::array<Run, max_ram_ranges> runs_{};
    std::uint32_t run_count_ = 0, count_ = 0;
};

}  // namespace svsm
