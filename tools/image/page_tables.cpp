// SPDX-License-Identifier: MIT
// One root, one table per upper level, and a leaf table for every 2 MiB.
#include "tools/image/page_tables.hpp"

#include <optional>

#include "abi/adyton/boot_block.hpp"
#include "abi/x86/paging.hpp"
#include "paging/builder.hpp"

namespace tools::image {
namespace {

constexpr std::uint64_t base = abi::adyton::svsm_link_base;

/// Accessed and dirty are set from the start: the CPU then never writes to a table, so no walk can
/// fault on one.
std::uint64_t leaf_flags(Rights rights) {
    constexpr std::uint64_t common = abi::Pte::present | abi::Pte::accessed;
    switch (rights) {
        case Rights::Unmapped: return 0;
        case Rights::Read: return common | abi::Pte::no_execute;
        case Rights::ReadWrite: return common | abi::Pte::no_execute | abi::Pte::writable | abi::Pte::dirty;
        case Rights::ReadExecute: return common;
    }
    return 0;
}

/// Pages of the image, one behind the other from `begin` on.
struct ImageTables {
    std::vector<Page>* pages;
    Gpa begin;
    [[nodiscard]] paging::Entry* entry(std::uint64_t address) const {
        const std::uint64_t offset = Gpa{address} - begin;
        return reinterpret_cast<paging::Entry*>(&(*pages)[offset / page_bytes].bytes[offset % page_bytes]);
    }
    [[nodiscard]] std::optional<std::uint64_t> allocate() const {
        const Gpa gpa = begin + pages->size() * page_bytes;
        pages->push_back({gpa, Buffer(page_bytes)});
        return gpa.value();
    }
    static void store(paging::Entry& at, paging::Entry value) { at = value; }
};

}  // namespace

std::vector<Page> build_page_tables(Gpa tables, GpaRange region, std::span<const Rights> rights,
                                    unsigned c_bit) {
    const std::uint64_t encrypted = 1ull << c_bit;
    constexpr std::uint64_t link = abi::Pte::present | abi::Pte::writable | abi::Pte::accessed;
    std::vector<Page> pages;
    const ImageTables memory{&pages, tables};
    paging::Builder builder{memory, {4, abi::Pte::present, link | encrypted, encrypted}, *memory.allocate()};
    paging::Entry* leaves = nullptr;
    for (std::uint64_t page = 0; page < rights.size(); ++page) {
        const std::uint64_t index = page % abi::page_table_entries;
        // A table for every 2 MiB, even if nothing of it is mapped yet; there is always a page for one.
        if (index == 0) leaves = *builder.make(base + page * page_bytes, 1);
        const std::uint64_t flags = leaf_flags(rights[page]);
        if (flags != 0)
            leaves[index] =
                paging::Format::to_page((region.begin + page * page_bytes).value(), 1, encrypted | flags);
    }
    return pages;
}

}  // namespace tools::image
