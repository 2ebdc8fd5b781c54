// SPDX-License-Identifier: MIT
// A reverse map table of 8 MiB for the tests of its rules, with one page in every state.
#pragma once
#include <vector>

#include <gtest/gtest.h>

#include "model/rmp.hpp"

namespace model {

using abi::Permission, abi::RmpAttributes, abi::RmpResult, abi::Validity;
using enum Vmpl;
using enum PageSize;
using enum AccessKind;

/// Pages of the table that `RmpTable` prepares.
inline constexpr Gpa host_page{0x0000}, unvalidated_page{0x1000}, valid_page{0x2000}, vmsa_page{0x3000},
    running_vmsa_page{0x4000}, large_page{0x20'0000}, unvalidated_large_page{0x40'0000},
    small_pages{0x60'0000};
inline constexpr std::uint64_t table_bytes = 0x80'0000;
inline constexpr Gpa outside{table_bytes};
inline constexpr std::uint64_t pages_per_large = 512;
/// System pages that are mapped nowhere at first.
inline constexpr Spa spare{table_bytes}, other_spare{table_bytes + page_bytes};
inline constexpr std::uint64_t spare_bytes = 2 * page_bytes;

/// A table whose system pages are mapped one to one, except `spare_pages` behind the last.
struct OneToOne {
    explicit OneToOne(std::uint64_t pages, std::uint64_t spare_pages = 0)
        : frames(pages), table(pages + spare_pages) {}
    std::vector<Frame> frames;
    std::vector<RmpEntry> table;
    Rmp rmp{table, NestedMap{frames}};
};

class RmpTable : public testing::Test {
protected:
    RmpTable() {
        EXPECT_EQ(rmp.assign(unvalidated_page, Size4K), RmpResult::Success);
        EXPECT_EQ(rmp.assign(large_page, Size2M), RmpResult::Success);
        EXPECT_EQ(rmp.assign(unvalidated_large_page, Size2M), RmpResult::Success);
        EXPECT_TRUE(rmp.pvalidate(large_page, Size2M, Validity::Validate, Vmpl0).has_value());
        for (std::uint64_t i = 0; i < pages_per_large; ++i) rmp.launch(small_pages + i * page_bytes, false);
        rmp.launch(valid_page, false);
        rmp.launch(vmsa_page, true);
        rmp.launch(running_vmsa_page, true);
        rmp.entry(running_vmsa_page).in_use = true;
        remember();
    }
    /// Nothing in the table differs from its state after the constructor or the last `remember`.
    void expect_unchanged() const { EXPECT_TRUE(all.table == before) << "the table has changed"; }
    void remember() { before = all.table; }
    void permit(Gpa page, Vmpl vmpl, std::uint8_t permissions) {
        rmp.entry(page).permissions[static_cast<std::size_t>(vmpl)] = permissions;
        remember();
    }

    OneToOne all{table_bytes / page_bytes, spare_bytes / page_bytes};
    std::vector<RmpEntry> before;
    Rmp& rmp = all.rmp;
};

}  // namespace model
