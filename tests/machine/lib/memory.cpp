// SPDX-License-Identifier: MIT
#include "tests/machine/lib/memory.hpp"

#include <cstring>

#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "base/address.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

constinit Info told{};
constinit std::uint64_t next_page = 0, next_loose = 0, next_large = 0;

struct State {
    std::uint64_t cr0, cr3, cr4, efer, tables;
};
constinit State saved{};

std::uint64_t take(std::uint64_t& next, std::uint64_t bytes, std::uint64_t end) {
    REQUIRE(next + bytes <= end);
    next += bytes;
    return next - bytes;
}

}  // namespace

const Info& info() { return told; }
void set_info(const Info& from) {
    told = from;
    next_page = told.pool_begin;
    next_loose = told.loose_begin;
    next_large = told.large_begin;
}

std::uint64_t allocate_page() {
    const std::uint64_t page = take(next_page, page_bytes, told.pool_end);
    return page % large_page_bytes == 0 ? allocate_page() : page;
}
std::uint64_t allocate_pages(std::uint64_t count) {
    const std::uint64_t first = take(next_page, count * page_bytes, told.pool_end);
    const bool crosses = first / large_page_bytes != (first - 1 + count * page_bytes) / large_page_bytes;
    return crosses || first % large_page_bytes == 0 ? allocate_pages(count) : first;
}
std::uint64_t allocate_loose() { return take(next_loose, page_bytes, told.loose_end); }
std::uint64_t allocate_large() { return take(next_large, large_page_bytes, told.large_end); }

volatile std::uint64_t& entry_in(std::uint64_t root, std::uint64_t va, unsigned level) {
    std::uint64_t table = root;
    for (unsigned at_level = 4; at_level > level; --at_level)
        table = at(table + 8 * abi::table_index(va, at_level)) & abi::Pte::address_mask & ~c_mask();
    return at(table + 8 * abi::table_index(va, level));
}
volatile std::uint64_t& entry_of(std::uint64_t va, unsigned level) {
    return entry_in(told.tables, va, level);
}

std::uint64_t copy_tables() {
    const std::uint64_t copy = allocate_pages(told.table_pages);
    std::memcpy(reinterpret_cast<void*>(copy), reinterpret_cast<void*>(told.tables),
                told.table_pages * page_bytes);
    // Pointers to tables, and only they, point into the tables.
    for (std::uint64_t i = 0; i < told.table_pages * abi::page_table_entries; ++i) {
        volatile std::uint64_t& entry = at(copy + 8 * i);
        const std::uint64_t target = entry & abi::Pte::address_mask & ~c_mask();
        const bool is_link = (entry & abi::Pte::dirty) == 0 && target >= told.tables &&
                             target < told.tables + told.table_pages * page_bytes;
        if (is_link) entry = entry + copy - told.tables;
    }
    return copy;
}

void save_state() {
    saved = {read_cr0(), read_cr3(), read_cr4(), read_msr(abi::Msr::Efer), allocate_pages(told.table_pages)};
    std::memcpy(reinterpret_cast<void*>(saved.tables), reinterpret_cast<void*>(told.tables),
                told.table_pages * page_bytes);
}

void restore_state() {
    write_cr3(saved.cr3);
    write_cr0(saved.cr0);
    write_cr4(saved.cr4);
    write_msr(abi::Msr::Efer, saved.efer);
    std::memcpy(reinterpret_cast<void*>(told.tables), reinterpret_cast<void*>(saved.tables),
                told.table_pages * page_bytes);
    flush_tlb();
    load_descriptor_tables();
    ghcb::reset_page();
}

}  // namespace rules
