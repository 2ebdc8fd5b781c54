// SPDX-License-Identifier: MIT
// Builds and edits nested page tables. [APM2 "Nested Paging"]
#include "snpemu/silicon/nested_table.hpp"

#include "abi/snp/rmp.hpp"
#include "abi/x86/paging.hpp"
#include "paging/builder.hpp"
#include "snpemu/mm/heap.hpp"

namespace snpemu {
namespace {

using abi::Pte;

constexpr std::uint8_t execute_both = abi::Permission::execute_user | abi::Permission::execute_supervisor;

/// Tables lie in the machine's own memory, one to one, and come from its heap.
struct HeapTables : paging::LiveStore {
    static paging::Entry* entry(std::uint64_t address) { return reinterpret_cast<paging::Entry*>(address); }
    static std::optional<std::uint64_t> allocate() {
        return reinterpret_cast<std::uint64_t>(heap::reserve_pages(1));
    }
};

std::uint64_t leaf_bits(std::uint8_t permissions) {
    std::uint64_t bits = Pte::present | Pte::user | Pte::accessed | Pte::dirty;
    if ((permissions & abi::Permission::write) != 0) bits |= Pte::writable;
    // One bit stands for both execute rights.
    if ((permissions & execute_both) != execute_both) bits |= Pte::no_execute;
    return bits;
}

paging::Builder<HeapTables> builder(std::uint64_t root, unsigned levels) {
    // Nested walks are user accesses, so every entry carries the user bit.
    return {{}, {levels, Pte::present, Pte::present | Pte::writable | Pte::user, 0}, root};
}

}  // namespace

NestedTable::NestedTable(Paging paging, NestedShape shape)
    : root_{reinterpret_cast<std::uint64_t>(heap::allocate_pages(1))}, paging_{paging}, shape_{shape} {}

bool NestedTable::shows(model::Encryption alias) const {
    return paging_ == Paging::On || alias == model::Encryption::Private;
}

std::uint64_t NestedTable::alias_address(Gpa page, model::Encryption alias) const {
    const bool c = paging_ == Paging::On && alias == model::Encryption::Private;
    return page.value() | (c ? std::uint64_t{1} << shape_.c_bit : 0);
}

void NestedTable::map(Gpa page, Spa system, model::Encryption alias, std::uint8_t permissions) {
    if (!shows(alias)) return;
    is_blank_ = false;
    // The heap stops the machine before it has no page.
    (void)builder(root_, shape_.levels)
        .map({alias_address(page, alias), page_bytes}, system.value(), leaf_bits(permissions));
}

void NestedTable::fill(Gpa block, Spa system, model::Encryption alias, std::uint8_t permissions) {
    if (!shows(alias)) return;
    is_blank_ = false;
    const auto first = builder(root_, shape_.levels).make(alias_address(block, alias), 1);
    if (!first) return;  // no leaf is large
    const std::uint64_t bits = leaf_bits(permissions);
    for (std::uint64_t i = 0; i < abi::page_table_entries; ++i)
        if (paging::Entry& entry = (*first)[i]; (entry & Pte::present) == 0)
            HeapTables::store(entry, (system.value() + i * page_bytes) | bits);
}

std::uint8_t NestedTable::rights_at(Gpa page, model::Encryption alias) {
    using abi::Permission;
    if (is_blank_ || !shows(alias)) return Permission::none;
    const paging::Entry* const found = builder(root_, shape_.levels).find(alias_address(page, alias), 1);
    if (found == nullptr || (*found & Pte::present) == 0) return Permission::none;
    return static_cast<std::uint8_t>(Permission::read |
                                     ((*found & Pte::writable) != 0 ? Permission::write : 0) |
                                     ((*found & Pte::no_execute) == 0 ? execute_both : 0));
}

bool NestedTable::unmap(Gpa page, PageSize size, model::Encryption alias) {
    if (is_blank_ || !shows(alias)) return false;
    return builder(root_, shape_.levels).unmap({alias_address(page, alias), bytes_of(size)}).value_or(false);
}

}  // namespace snpemu
