// SPDX-License-Identifier: MIT
// Cache lines that the host wrote into a page and that its validation does not evict. On such processors
// (CPUID 8000_001F EBX[31] is 0) they may reach memory at any time, until the guest has read the first and
// the last byte of the page.
#pragma once
#include <cstdint>
#include <span>

#include "base/address.hpp"

namespace snpemu {

/// For each page, which of its ends the guest has not read yet. Guarded by the RMP lock.
class StaleLines {
public:
    /// For a processor without such lines.
    StaleLines() = default;
    /// One byte for each page of memory, all zero.
    explicit StaleLines(std::span<std::uint8_t> pages) : pages_{pages} {}

    /// The host may have written to these pages and now gives them to the guest.
    void begin(GpaRange range) {
        for (auto page = range.begin; page < range.end; page = page + page_bytes) put(page, both_ends);
    }
    /// The pages are the host's again, or their lines have reached memory.
    void end(GpaRange range) {
        for (auto page = range.begin; page < range.end; page = page + page_bytes) put(page, 0);
    }
    [[nodiscard]] bool has(Gpa at) const { return ends_of(at) != 0; }
    /// The guest reads one byte; only reads of the two ends count.
    void read(Gpa at) {
        const auto offset = at.page_offset();
        if (offset == 0) put(at, ends_of(at) & ~first);
        if (offset == page_bytes - 1) put(at, ends_of(at) & ~last);
    }
    /// Pages with such lines.
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    static constexpr unsigned first = 1, last = 2, both_ends = first | last;
    [[nodiscard]] unsigned ends_of(Gpa at) const {
        const auto number = at.value() / page_bytes;
        return number < pages_.size() ? pages_[number] : 0;
    }
    void put(Gpa at, unsigned ends) {
        const auto number = at.value() / page_bytes;
        if (number >= pages_.size()) return;
        count_ = count_ - (pages_[number] != 0 ? 1 : 0) + (ends != 0 ? 1 : 0);
        pages_[number] = static_cast<std::uint8_t>(ends);
    }
    std::span<std::uint8_t> pages_;
    std::uint64_t count_ = 0;
};

}  // namespace snpemu
