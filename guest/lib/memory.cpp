// SPDX-License-Identifier: MIT
#include "guest/lib/memory.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "abi/x86/paging.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/vcpu.hpp"
#include "paging/builder.hpp"

extern "C" char __image_end[];

namespace guest {
namespace {

constexpr std::uint64_t shared_view_base = 512ull << 30;
constexpr std::uint64_t shared_view_bytes = 1ull << 30;

struct alignas(page_bytes) Page {
    std::array<std::uint64_t, abi::page_table_entries> words;
};
/// The image has what 16 vCPUs need: stack, GHCB, calling area, VMSA, and what a test works on. It is launched, page by
/// page, whatever the number of vCPUs is; so more of them take RAM outside the image.
constinit std::array<Page, 256> pool{};
constinit GpaRange unused{};
constinit std::uint64_t blocks_from = 0;
constinit std::array<Page, 2> shared_view_tables{};
constinit std::size_t shared_view_tables_used = 0;

/// The next `count` unused pages; nothing when there are fewer. Leaves out a page that is 2 MiB aligned: a VMSA must
/// not be there.
std::optional<Gpa> take_unused(std::size_t count) {
    const Gpa next = unused.begin, large{round_up(next.value(), large_page_bytes)};
    const Gpa first = large - next < count * page_bytes ? large + page_bytes : next;
    const Gpa end = first + count * page_bytes;
    if (end > unused.end) return std::nullopt;
    unused.begin = end;
    return first;
}

/// The two tables that the second view needs below the root.
struct SharedViewTables : paging::LiveStore {
    static paging::Entry* entry(std::uint64_t address) { return pointer_to<paging::Entry>(Gpa{address}); }
    static std::optional<std::uint64_t> allocate() {
        if (shared_view_tables_used == shared_view_tables.size()) return std::nullopt;
        return gpa_of(&shared_view_tables[shared_view_tables_used++]).value();
    }
};

}  // namespace

Gpa allocate_pages(std::size_t count) {
    if (unused.end == Gpa{}) unused = {gpa_of(pool.data()), gpa_of(pool.data() + pool.size())};
    if (const auto pages = take_unused(count)) return *pages;
    const auto block = allocate_block();
    if (!block) fatal("out of pages");
    unused = {*block, *block + large_page_bytes};
    const auto pages = take_unused(count);
    if (!pages) fatal("more pages at once than a block has");
    std::memset(pointer_to<std::byte>(*pages), 0, count * page_bytes);
    return *pages;
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
    constexpr auto table = Pte::present | Pte::writable | Pte::accessed;
    constexpr auto leaf = table | Pte::dirty | Pte::no_execute;
    const auto c_bit = 1ull << info().c_bit;
    // The tables themselves are private: the CPU walks them with the C-bit.
    paging::Builder builder{
        SharedViewTables{}, {4, Pte::present, table | c_bit, c_bit}, info().page_table_gpa};
    if (!builder.map({shared_view_base, shared_view_bytes}, 0, leaf, 2))
        fatal("no tables for the shared view");
}

std::byte* shared_view(Gpa at) {
    if (at.value() >= shared_view_bytes) fatal("no shared view above 1 GiB");
    return pointer_to<std::byte>(at + shared_view_base);
}

}  // namespace guest
