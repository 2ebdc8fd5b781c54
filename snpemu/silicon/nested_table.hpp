// SPDX-License-Identifier: MIT
// The nested page tables of one VMPL. They map private memory at its guest-physical address plus the C-bit,
// and shared memory without it. Filled on demand; leaves are always 4 KiB. The RMP lock guards them.
#pragma once
#include <cstdint>

#include "base/address.hpp"
#include "model/rmp.hpp"

namespace snpemu {

/// The shape of all nested tables of the machine: the address bit that says "private", and the number of
/// levels. [APM2 "Nested Paging": as many as the host's own tables have]
struct NestedShape {
    unsigned c_bit = 47, levels = 4;
    /// Bits of an address that the walk reads.
    [[nodiscard]] constexpr unsigned address_bits() const { return 12 + 9 * levels; }
    /// The two aliases of a page have separate places in the tables, and neither lies in the memory
    /// of the other.
    [[nodiscard]] constexpr bool can_hold(std::uint64_t memory_end) const {
        return c_bit < address_bits() && memory_end <= std::uint64_t{1} << c_bit;
    }
};
static_assert(NestedShape{47, 4}.can_hold(1ull << 47) && !NestedShape{51, 4}.can_hold(0));
static_assert(NestedShape{51, 5}.can_hold(1ull << 36) && !NestedShape{36, 4}.can_hold((1ull << 36) + 1));

/// A guest's addresses at the nested stage: with paging they carry the C-bit; without it every access is
/// private and carries none. [APM2 "Encrypted Memory Support in Real Mode and Paging Off"]
enum class Paging : std::uint8_t { On, Off };

class NestedTable {
public:
    NestedTable(Paging paging, NestedShape shape);
    [[nodiscard]] std::uint64_t root() const { return root_; }
    /// Maps the system page `system` at `page` under one alias with the rights in
    /// `permissions`, an abi::Permission. The tables of AMD-V know no page that is written or executed without being
    /// read, and one kind of execution: it takes both rights here.
    void map(Gpa page, Spa system, model::Encryption alias, std::uint8_t permissions);
    /// The same for all pages of the 2 MiB from `block` on that are not mapped, to as many adjacent system pages.
    void fill(Gpa block, Spa system, model::Encryption alias, std::uint8_t permissions);
    /// Rights with which something is mapped at `page`, in the terms of `map`: none when nothing is.
    [[nodiscard]] std::uint8_t rights_at(Gpa page, model::Encryption alias);
    /// Unmaps the pages of [page, page + bytes_of(size)) under one alias; true when one of them
    /// had been mapped.
    bool unmap(Gpa page, PageSize size, model::Encryption alias);

private:
    [[nodiscard]] bool shows(model::Encryption alias) const;
    [[nodiscard]] std::uint64_t alias_address(Gpa page, model::Encryption alias) const;
    std::uint64_t root_;
    Paging paging_;
    NestedShape shape_;
    /// Nothing was ever mapped. A page that changes hands is unmapped in every table, of which most are never used.
    bool is_blank_ = true;
};

}  // namespace snpemu
