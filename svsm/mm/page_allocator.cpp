// SPDX-License-Identifier: MIT
#include "svsm/mm/page_allocator.hpp"

#include "base/result.hpp"

namespace svsm::mm {

BootExpected<Gpa> PageAllocator::allocate() { return allocate_run(1); }

BootExpected<Gpa> PageAllocator::allocate_run(std::uint64_t pages) {
    if (pages > free_pages()) return std::unexpected{Termination::OutOfMemory};
    const auto first = free_.begin;
    free_.begin = first + pages * page_bytes;
    return first;
}

BootExpected<Gpa> PageAllocator::allocate_for_vmsa() {
    const auto page = TRY(allocate());
    return page.is_aligned(large_page_bytes) ? allocate() : BootExpected<Gpa>{page};
}

}  // namespace svsm::mm
