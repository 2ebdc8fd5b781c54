// SPDX-License-Identifier: MIT
// Hands out the pages of the SVSM's heap. Nothing is given back: the boot takes what it needs, calls take
// nothing.
#pragma once
#include "base/address.hpp"
#include "svsm/result.hpp"

namespace svsm::mm {

class PageAllocator {
public:
    constexpr PageAllocator() = default;
    explicit constexpr PageAllocator(GpaRange heap) : free_{heap} {}
    /// One page; what is in it is undefined. OutOfMemory when there is none.
    [[nodiscard]] BootExpected<Gpa> allocate();
    /// The first of `pages` neighbours, which are as undefined.
    [[nodiscard]] BootExpected<Gpa> allocate_run(std::uint64_t pages);
    /// One page for a VMSA: never at a multiple of 2 MiB, where the silicon would take the whole 2 MiB for a
    /// VMSA in use. [SNP erratum, "VMSA must not be 2 MiB aligned"; the hypervisor refuses such a page]
    [[nodiscard]] BootExpected<Gpa> allocate_for_vmsa();
    [[nodiscard]] constexpr std::uint64_t free_pages() const { return free_.size() / page_bytes; }

private:
    GpaRange free_{};
};

}  // namespace svsm::mm
