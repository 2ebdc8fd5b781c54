// SPDX-License-Identifier: MIT
// The nested page tables of one VMPL: private memory is seen at its guest-physical address plus the C-bit,
// shared memory without it. Filled on demand; leaves are always 4 KiB. Guarded by the RMP lock.
#pragma once
#include <cstdint>

#include "base/address.hpp"
#include "model/rmp.hpp"

namespace snpemu {

inline constexpr unsigned c_bit = 47;

class NestedTable {
public:
    NestedTable();
    [[nodiscard]] std::uint64_t root() const { return reinterpret_cast<std::uint64_t>(root_); }
    /// Shows `page` under one alias with the rights in `permissions` (abi::Permission).
    void map(Gpa page, model::Encryption alias, std::uint8_t permissions);
    /// Hides the pages of [page, page + bytes_of(size)) under one alias; true when something had been
    /// visible.
    bool unmap(Gpa page, PageSize size, model::Encryption alias);

private:
    std::uint64_t* leaf_table(std::uint64_t address, bool create);
    std::uint64_t* root_;
};

}  // namespace snpemu
