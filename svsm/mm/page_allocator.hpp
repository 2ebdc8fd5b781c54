// SPDX-License-Identifier: MIT
// Allocates the pages of the SVSM's heap. It frees none: only the boot allocates, calls do not.
#pragma once
#include "base/address.hpp"
#include "svsm/result.hpp"

namespace svsm::mm {

class PageAllocator {
public:
    constexpr PageAllocator() = default;
    explicit constexpr PageAllocator(GpaRange heap) : free_{heap} {}
    /// One page with undefined contents. OutOfMemory when there is none.
    [[nodiscard]] BootExpected<Gpa> allocate();
    /// The first of `pages` adjacent pages with undefined contents. OutOfMemory when there are too few.
    [[nodiscard]] BootExpected<Gpa> allocate_run(std::uint64_t pages);
    /// One page for a VMSA, never at a multiple of 2 MiB: silicon with the erratum takes the whole 2 MiB for
    /// a VMSA in use, and hypervisors refuse such a page. [SNP erratum, "VMSA must not be 2 MiB aligned"]
    [[nodiscard]] BootExpected<Gpa> allocate_for_vmsa();
    [[nodiscard]] constexpr std::uint64_t free_pages() const { return free_.size() / page_bytes; }

private:
    GpaRange free_{};
};

}  // namespace svsm::mm
