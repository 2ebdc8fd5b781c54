// SPDX-License-Identifier: MIT
// Pages for the machine's own tables, from the memory above the guest's. No page is ever freed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>

#include "base/address.hpp"

namespace snpemu::heap {

void init(Spa begin, Spa end);
/// `count` contiguous zeroed pages; stops the machine when there are none left.
[[nodiscard]] void* allocate_pages(std::uint64_t count);

/// The same without zeroing, for large areas that do not need it.
[[nodiscard]] void* reserve_pages(std::uint64_t count);

/// A zeroed, page-aligned object that is never freed.
template <class T>
T& make() {
    return *new (allocate_pages((sizeof(T) + page_bytes - 1) / page_bytes)) T{};
}

}  // namespace snpemu::heap
