// SPDX-License-Identifier: MIT
// Pages for the machine's own tables, from the memory above the guest's. Nothing is ever given back.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>

#include "base/address.hpp"

namespace snpemu::heap {

void init(Spa begin, Spa end);
/// `count` contiguous zeroed pages; stops the machine when there are none left.
[[nodiscard]] void* allocate_pages(std::uint64_t count);

/// The same, but whatever was in the memory is still there: for large areas that need no zeroes.
[[nodiscard]] void* reserve_pages(std::uint64_t count);

/// A zeroed, page-aligned object that lives for ever.
template <class T>
T& make() {
    return *new (allocate_pages((sizeof(T) + page_bytes - 1) / page_bytes)) T{};
}

}  // namespace snpemu::heap
