// SPDX-License-Identifier: MIT
#include "svsm/mm/page_allocator.hpp"

#include "base/result.hpp"

namespace svsm::mm {

BootExpected<Gpa> PageAllocator::allocate() {
    if (free_.is_empty()) return std::unexpected{Termination::OutOfMemory};
    const auto page = free_.begin;
    free_.begin = page + page_bytes;
    return page;
}

BootExpected<Gpa> PageAllocator::allocate_for_vmsa() {
    const auto page = TRY(allocate());
    return page.is_aligned(large_page_bytes) ? allocate() : BootExpected<Gpa>{page};
}

}  // namespace svsm::mm
