// SPDX-License-Identifier: MIT
// The nested page tables of one VMPL: private memory is seen at its guest-physical address plus the C-bit,
// shared memory without it. Filled on demand; leaves are always 4 KiB. Guarded by the RMP lock.
#pragma once
#include <cstdint>

#include "base/address.hpp"
#include "model/rmp.hpp"

namespace snpemu {

inline constexpr unsigned c_bit = 47;

/// What a guest's addresses look like to the nested stage: with paging they carry the C-bit, without it every
/// access is private and carries none. [APM2 "Encrypted Memory Support in Real Mode and Paging Off"]
enum class Paging : std::uint8_t { On, Off };

class NestedTable {
public:
    explicit NestedTable(Paging paging);
    [[nodiscard]] std::uint64_t root() const { return reinterpret_cast<std::uint64_t>(root_); }
    /// Shows `page` under one alias with the rights in `permissions` (abi::Permission).
    void map(Gpa page, model::Encryption alias, std::uint8_t permissions);
    /// Hides the pages of [page, page + bytes_of(size)) under one alias; true when something had been
    /// visible.
    bool unmap(Gpa page, PageSize size, model::Encryption alias);

private:
    [[nodiscard]] bool shows(model::Encryption alias) const;
    [[nodiscard]] std::uint64_t alias_address(Gpa page, model::Encryption alias) const;
    std::uint64_t* leaf_table(std::uint64_t address, bool create);
    std::uint64_t* root_;
    Paging paging_;
};

}  // namespace snpemu
