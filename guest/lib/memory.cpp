// SPDX-License-Identifier: MIT
#include "guest/lib/memory.hpp"

#include <algorithm>
#include <array>

#include "abi/x86/paging.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/vcpu.hpp"

extern "C" char __image_end[];

namespace guest {
namespace {

constexpr std::uint64_t shared_view_base = 512ull << 30;
constexpr std::uint64_t shared_view_bytes = 1ull << 30;

struct alignas(page_bytes) Page {
    std::array<std::uint64_t, abi::page_table_entries> words;
};
constinit std::array<Page, 256> pool{};
constinit std::size_t pool_used = 0;
constinit std::uint64_t blocks_from = 0;
constinit Page shared_level3{}, shared_level2{};

}  // namespace

Gpa allocate_pages(std::size_t count) {
    if (pool.size() - pool_used < count) fatal("out of pages");
    const Gpa first = gpa_of(&pool[pool_used]);
    pool_used += count;
    return first;
}

std::optional<Gpa> allocate_block() {
    if (blocks_from == 0) blocks_from = round_up(gpa_of(__image_end).value(), large_page_bytes);
    for (unsigned i = 0; i < info().memory_range_count && i < info().memory.size(); ++i) {
        const auto range = GpaRange::make(Gpa{info().memory[i].gpa}, info().memory[i].bytes);
        if (!range) continue;
        const auto from = round_up(std::max(range->begin.value(), blocks_from), large_page_bytes);
        const GpaRange block{Gpa{from}, Gpa{from + large_page_bytes}};
        // The second view ends at 1 GiB, so blocks do too.
        if (!range->contains(block) || block.end.value() > shared_view_bytes) continue;
        blocks_from = block.end.value();
        return block.begin;
    }
    return std::nullopt;
}

void map_shared_view() {
    using abi::Pte;
    const auto c_bit = 1ull << info().c_bit;
    constexpr auto table = Pte::present | Pte::writable | Pte::accessed;
    constexpr auto leaf = table | Pte::dirty | Pte::large | Pte::no_execute;
    for (std::size_t i = 0; i < shared_level2.words.size(); ++i)
        shared_level2.words[i] = i * large_page_bytes | leaf;
    // The tables themselves are private: the CPU walks them with the C-bit.
    shared_level3.words[0] = gpa_of(&shared_level2).value() | c_bit | table;
    auto* root = pointer_to<std::uint64_t>(Gpa{info().page_table_gpa});
    root[abi::table_index(shared_view_base, 4)] = gpa_of(&shared_level3).value() | c_bit | table;
}

std::byte* shared_view(Gpa at) {
    if (at.value() >= shared_view_bytes) fatal("no shared view above 1 GiB");
    return pointer_to<std::byte>(at + shared_view_base);
}

}  // namespace guest
