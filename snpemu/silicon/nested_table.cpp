// SPDX-License-Identifier: MIT
// Builds and edits nested page tables. [APM2 "Nested Paging"]
#include "snpemu/silicon/nested_table.hpp"

#include "abi/snp/rmp.hpp"
#include "abi/x86/paging.hpp"
#include "snpemu/mm/heap.hpp"

namespace snpemu {
namespace {

using abi::Pte;

/// Nested walks are user accesses, so every entry carries the user bit.
constexpr std::uint64_t table_bits = Pte::present | Pte::writable | Pte::user;

}  // namespace

NestedTable::NestedTable(Paging paging, NestedShape shape)
    : root_{static_cast<std::uint64_t*>(heap::allocate_pages(1))}, paging_{paging}, shape_{shape} {}

bool NestedTable::shows(model::Encryption alias) const {
    return paging_ == Paging::On || alias == model::Encryption::Private;
}

std::uint64_t NestedTable::alias_address(Gpa page, model::Encryption alias) const {
    const bool c = paging_ == Paging::On && alias == model::Encryption::Private;
    return page.value() | (c ? std::uint64_t{1} << shape_.c_bit : 0);
}

std::uint64_t* NestedTable::leaf_table(std::uint64_t address, bool create) {
    std::uint64_t* table = root_;
    for (unsigned level = shape_.levels; level > 1; --level) {
        std::uint64_t& entry = table[abi::table_index(address, level)];
        if ((entry & Pte::present) == 0) {
            if (!create) return nullptr;
            entry = reinterpret_cast<std::uint64_t>(heap::allocate_pages(1)) | table_bits;
        }
        table = reinterpret_cast<std::uint64_t*>(entry & Pte::address_mask);
    }
    return table;
}

void NestedTable::map(Gpa page, Spa system, model::Encryption alias, std::uint8_t permissions) {
    if (!shows(alias)) return;
    std::uint64_t entry = system.value() | Pte::present | Pte::user | Pte::accessed | Pte::dirty;
    if ((permissions & abi::Permission::write) != 0) entry |= Pte::writable;
    // One bit stands for both execute rights; the RMP check at the fault can tell them apart only when
    // neither is given.
    if ((permissions & (abi::Permission::execute_user | abi::Permission::execute_supervisor)) == 0)
        entry |= Pte::no_execute;
    const std::uint64_t address = alias_address(page, alias);
    leaf_table(address, true)[abi::table_index(address, 1)] = entry;
}

bool NestedTable::unmap(Gpa page, PageSize size, model::Encryption alias) {
    if (!shows(alias)) return false;
    const std::uint64_t address = alias_address(page, alias);
    std::uint64_t* const table = leaf_table(address, false);
    if (table == nullptr) return false;
    // A 2 MiB page is exactly one leaf table.
    const unsigned first = abi::table_index(address, 1);
    const unsigned count = size == PageSize::Size2M ? abi::page_table_entries : 1;
    bool seen = false;
    for (unsigned i = first; i < first + count; ++i) {
        seen |= table[i] != 0;
        table[i] = 0;
    }
    return seen;
}

}  // namespace snpemu
