// SPDX-License-Identifier: MIT
#include "snpemu/mm/lazy.hpp"

#include <atomic>

#include "abi/x86/paging.hpp"
#include "kern/spinlock.hpp"
#include "snpemu/mm/heap.hpp"

/// The root of the machine's tables, or what stands in the last entry of a root of five levels (boot/start.S).
extern "C" std::uint64_t boot_pml4[abi::page_table_entries];

namespace snpemu::lazy {
namespace {

/// Behind the view of the guest's memory: 512 GiB that no table of the start maps.
constexpr std::uint64_t begin = 0xffff'9000'0000'0000;
constinit std::uint64_t next = begin;
constinit Spinlock tables;

std::uint64_t new_page() { return reinterpret_cast<std::uint64_t>(heap::allocate_pages(1)); }

/// Points `entry` to a new page unless it points to one. Another CPU may be walking: the page's zeros come first.
void point(std::uint64_t& entry) {
    using abi::Pte;
    if ((entry & Pte::present) != 0) return;
    std::atomic_ref{entry}.store(new_page() | Pte::present | Pte::writable, std::memory_order_release);
}

}  // namespace

std::uint64_t reserve(std::uint64_t bytes) {
    const std::uint64_t at = next;
    next += round_up(bytes, page_bytes);
    return at;
}

bool fill(std::uint64_t at) {
    if (at < begin || at >= next) return false;
    const LockGuard guard{tables};
    std::uint64_t* table = boot_pml4;
    for (unsigned level = 4; level > 1; --level) {
        std::uint64_t& entry = table[abi::table_index(at, level)];
        point(entry);
        table = reinterpret_cast<std::uint64_t*>(entry & abi::Pte::address_mask);
    }
    point(table[abi::table_index(at, 1)]);
    return true;
}

}  // namespace snpemu::lazy
