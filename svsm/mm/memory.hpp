// SPDX-License-Identifier: MIT
// The SVSM's own memory: its page tables and heap, and how its pages are mapped, shared and checked.
#pragma once
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "abi/adyton/boot_block.hpp"
#include "base/result.hpp"
#include "paging/format.hpp"
#include "svsm/guest/evict_lines.hpp"
#include "svsm/mm/linear.hpp"
#include "svsm/mm/page_allocator.hpp"

namespace svsm::mm {

struct Memory {
    LinearMap linear;
    PageAllocator pages;
    Gpa root{};               ///< page tables in use
    std::uint64_t c_bit = 0;  ///< the bit's weight
    Gpa keys{};               ///< the KeyPage, which is unmapped once the guest runs

    /// Takes over the memory that the checked `block` describes. The heap is the rest of the region
    /// behind the image.
    void start(const abi::adyton::BootBlock& block);

    /// A T, value-initialised, at the beginning of a page of its own. What lies behind it in the page is undefined.
    template <class T>
    [[nodiscard]] BootExpected<T*> make() {
        static_assert(sizeof(T) <= page_bytes);
        const auto page = TRY(pages.allocate());
        return ::new (linear.object<std::byte>(page)) T{};
    }

    /// `count` of T, value-initialised.
    template <class T>
    [[nodiscard]] BootExpected<std::span<T>> make_array(std::uint64_t count) {
        const auto first = TRY(pages.allocate_run((count * sizeof(T) + page_bytes - 1) / page_bytes));
        auto* objects = linear.object<T>(first);
        std::uninitialized_value_construct_n(objects, count);
        return std::span{objects, count};
    }

    /// The entry of `level` (1: 4 KiB, 2: 2 MiB) for `va`; tables on the way are added. OutOfMemory, or
    /// OwnMemory when a large page is in the way.
    [[nodiscard]] BootExpected<paging::Entry*> make_entry(Va va, unsigned level);
    /// Maps a private page, writable and not executable, at `va`, which was unmapped.
    [[nodiscard]] BootResult map(Va va, Gpa page);

    /// Bits of a writable, not executable entry for private memory. Accessed and dirty are set so that the
    /// CPU need not.
    [[nodiscard]] std::uint64_t data_flags() const;

    /// Gives the SVSM's page at `page` to the hypervisor and maps it shared in place: no private mapping
    /// of it remains.
    [[nodiscard]] BootResult share(Va page);
    /// Unmaps the SVSM's private page at `page`, and flushes it from the TLB of every CPU before it returns.
    /// OwnMemory when it was not mapped.
    [[nodiscard]] BootResult hide(Va page);
    /// Revokes all rights of VMPL1 to 3 on the SVSM's private pages in `range`, whatever the launch gave
    /// them. Called before any of these pages is a VMSA: RMPADJUST would make it an ordinary page.
    [[nodiscard]] BootResult keep_for_vmpl0(GpaRange range);
    /// Makes `range` private and valid: memory of the region that was not loaded at launch.
    [[nodiscard]] BootResult accept(GpaRange range, bool starts_shared, HostLines lines);
    /// Proves that each private page of `range` is still backed by the memory that the SVSM validated, or
    /// fails with OwnMemoryTaken. A system page is valid at one guest address only: a page found here is
    /// mapped nowhere else, so it cannot be one validated earlier at another address. [APM2 "RMP"]
    [[nodiscard]] BootResult check_in_place(GpaRange range);

private:
    /// The last-level entry for `va`, or null when a table is missing. Out of line: only the boot walks, and
    /// a copy at each call costs more bytes than it saves instructions.
    [[nodiscard]] [[gnu::noinline]] paging::Entry* find_entry(Va va);
    template <class Visit>
    [[nodiscard]] BootResult for_each_private_page(GpaRange range, Visit visit);
};

}  // namespace svsm::mm
