// SPDX-License-Identifier: MIT
// The walk of a guest's page tables, step by step.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/snpemu/silicon/desk_cpu.hpp"

namespace snpemu {
namespace {

using model::AccessKind;
using model::Encryption;
constexpr auto vmpl1 = abi::Vmpl::Vmpl1;

class Translate : public testing::Test {
protected:
    auto walk(std::uint64_t va, AccessKind kind = AccessKind::Read, Ring ring = Ring::Supervisor) {
        return translate(desk.cpu(), desk.memory(), vmpl1, GuestVa{va}, kind, ring, desk_c_bit);
    }
    std::uint32_t page_fault(std::uint64_t va, AccessKind kind = AccessKind::Read,
                             Ring ring = Ring::Supervisor) {
        const auto t = walk(va, kind, ring);
        if (t || !std::holds_alternative<GuestPageFault>(t.error())) return ~0u;
        return std::get<GuestPageFault>(t.error()).error_code;
    }
    DeskCpu desk;
};

TEST_F(Translate, finds_a_private_page_and_keeps_the_offset) {
    const auto t = walk(0x9123);
    ASSERT_TRUE(t);
    EXPECT_EQ(t->gpa, Gpa{0x9123});
    EXPECT_EQ(t->encryption, Encryption::Private);
}
TEST_F(Translate, an_entry_without_c_bit_is_shared) {
    desk.pte(0x9000) &= ~desk_c_mask;
    EXPECT_EQ(walk(0x9000)->encryption, Encryption::Shared);
}
TEST_F(Translate, the_c_bit_of_a_table_entry_does_not_matter) {
    desk.qword(0x3000) &= ~desk_c_mask;
    EXPECT_EQ(walk(0x9000)->encryption, Encryption::Private);
}
TEST_F(Translate, a_large_page_ends_the_walk) {
    desk.qword(0x3000) = desk_c_mask | abi::Pte::present | abi::Pte::writable | abi::Pte::large;
    EXPECT_EQ(walk(0x1f'0123)->gpa, Gpa{0x1f'0123});
}
TEST_F(Translate, without_paging_everything_is_private) {
    desk.save.cr0 = abi::Cr0::pe;
    EXPECT_EQ(walk(0x12'3456)->gpa, Gpa{0x12'3456});
}
TEST_F(Translate, absent_entries_fault_with_the_access_in_the_code) {
    desk.pte(0x9000) = 0;
    EXPECT_EQ(page_fault(0x9000), 0u);
    EXPECT_EQ(page_fault(0x9000, AccessKind::Write, Ring::User), 6u);
    desk.qword(0x2000) = 0;
    EXPECT_EQ(page_fault(0x9000, AccessKind::ExecuteSupervisor), 16u);
}
TEST_F(Translate, a_write_to_a_read_only_page_faults_under_wp_only) {
    desk.pte(0x9000) &= ~abi::Pte::writable;
    EXPECT_EQ(page_fault(0x9000, AccessKind::Write), 3u);
    desk.save.cr0 &= ~abi::Cr0::wp;
    EXPECT_TRUE(walk(0x9000, AccessKind::Write));
}
TEST_F(Translate, user_code_needs_the_user_bit) {
    EXPECT_EQ(page_fault(0x9000, AccessKind::Read, Ring::User), 5u);
}
TEST_F(Translate, no_execute_refuses_fetches_only) {
    desk.pte(0x9000) |= abi::Pte::no_execute;
    EXPECT_EQ(page_fault(0x9000, AccessKind::ExecuteSupervisor), 17u);
    EXPECT_TRUE(walk(0x9000));
}
TEST_F(Translate, a_non_canonical_address_is_no_page) { EXPECT_EQ(page_fault(0x8000'0000'0000), 0u); }
TEST_F(Translate, page_tables_of_another_vmpl_cannot_be_walked) {
    desk.rmp_of(0x4000).permissions[1] = abi::Permission::none;
    const auto t = walk(0x9000);
    ASSERT_FALSE(t);
    const auto* nested = std::get_if<NestedFault>(&t.error());
    ASSERT_NE(nested, nullptr);
    EXPECT_EQ(nested->fault, model::RmpFault::Permission);
    EXPECT_EQ(nested->gpa.page(), Gpa{0x4000});
}
TEST_F(Translate, a_table_outside_ram_is_a_nested_fault) {
    desk.qword(0x1000) = 0x4000'0000 | abi::Pte::present;
    ASSERT_FALSE(walk(0x9000));
    EXPECT_TRUE(std::holds_alternative<NestedFault>(walk(0x9000).error()));
}

TEST_F(Translate, a_write_across_a_page_that_refuses_changes_nothing) {
    desk.rmp_of(0xb000).permissions[1] = abi::Permission::read;
    std::array<std::byte, 16> data;
    data.fill(std::byte{0x5a});
    EXPECT_FALSE(write_virtual(desk.cpu(), desk.memory(), vmpl1, GuestVa{0xaff8}, data, desk_c_bit));
    EXPECT_EQ(desk.qword(0xaff8), 0u);
    desk.rmp_of(0xb000).permissions[1] = abi::Permission::all;
    EXPECT_TRUE(write_virtual(desk.cpu(), desk.memory(), vmpl1, GuestVa{0xaff8}, data, desk_c_bit));
    EXPECT_EQ(desk.qword(0xb000), 0x5a5a5a5a5a5a5a5au);
}
TEST_F(Translate, a_read_across_two_pages_is_joined) {
    desk.qword(0xaff8) = 1;
    desk.qword(0xb000) = 2;
    std::array<std::uint64_t, 2> value{};
    EXPECT_TRUE(read_virtual(desk.cpu(), desk.memory(), vmpl1, GuestVa{0xaff8},
                             std::as_writable_bytes(std::span{value}), desk_c_bit));
    EXPECT_EQ(value[0], 1u);
    EXPECT_EQ(value[1], 2u);
}

}  // namespace
}  // namespace snpemu
