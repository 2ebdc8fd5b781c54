// SPDX-License-Identifier: MIT
// A bump allocator that several CPUs may use at once.
#include "snpemu/mm/heap.hpp"

#include <atomic>
#include <cstring>

#include "snpemu/log/stop.hpp"

namespace snpemu::heap {
namespace {
constinit std::atomic<std::uint64_t> next{0};
constinit std::uint64_t limit = 0;
}  // namespace

void init(Spa begin, Spa end) {
    next = round_up(begin.value(), page_bytes);
    limit = end.value();
}

void* reserve_pages(std::uint64_t count) {
    const std::uint64_t at = next.fetch_add(count * page_bytes, std::memory_order_relaxed);
    if (at + count * page_bytes > limit) stop_internal("the machine's own memory is used up");
    return reinterpret_cast<void*>(at);
}

void* allocate_pages(std::uint64_t count) { return std::memset(reserve_pages(count), 0, count * page_bytes); }

}  // namespace snpemu::heap
