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
TEST_F(Translate, a_fetch_is_private_and_needs_no_right_to_read) {
    desk.pte(0x9000) &= ~desk_c_mask;
    desk.rmp_of(0x9000).permissions[1] = abi::Permission::execute_supervisor;
    desk.qword(0x9000) = 0x1234;
    std::uint64_t code = 0;
    EXPECT_TRUE(fetch_virtual(desk.cpu(), desk.memory(), vmpl1, GuestVa{0x9000}, Ring::Supervisor,
                              std::as_writable_bytes(std::span{&code, 1}), desk_c_bit));
    EXPECT_EQ(code, 0x1234u);
    desk.rmp_of(0x9000).permissions[1] = abi::Permission::read;
    EXPECT_FALSE(fetch_virtual(desk.cpu(), desk.memory(), vmpl1, GuestVa{0x9000}, Ring::Supervisor,
                               std::as_writable_bytes(std::span{&code, 1}), desk_c_bit));
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
TEST_F(Translate, a_non_canonical_address_is_no_page_fault) {
    const auto t = walk(0x8000'0000'0000);
    ASSERT_FALSE(t);
    EXPECT_TRUE(std::holds_alternative<NotCanonical>(t.error()));
}
TEST_F(Translate, sets_accessed_on_the_way_and_dirty_for_a_write) {
    EXPECT_TRUE(walk(0x9000));
    for (const std::uint64_t entry :
         {desk.qword(0x1000), desk.qword(0x2000), desk.qword(0x3000), desk.pte(0x9000)})
        EXPECT_EQ(entry & 0x60, abi::Pte::accessed);
    EXPECT_TRUE(walk(0x9000, AccessKind::Write));
    EXPECT_EQ(desk.pte(0x9000) & 0x60, abi::Pte::accessed | abi::Pte::dirty);
    EXPECT_EQ(desk.qword(0x3000) & abi::Pte::dirty, 0u);
}
TEST_F(Translate, a_refused_access_sets_nothing) {
    desk.pte(0x9000) &= ~abi::Pte::writable;
    EXPECT_FALSE(walk(0x9000, AccessKind::Write));
    EXPECT_EQ(desk.qword(0x1000) & abi::Pte::accessed, 0u);
}
TEST_F(Translate, a_table_that_cannot_take_accessed_is_a_nested_fault) {
    desk.rmp_of(0x4000).permissions[1] = abi::Permission::read;
    const auto t = walk(0x9000);
    ASSERT_FALSE(t);
    ASSERT_TRUE(std::holds_alternative<NestedFault>(t.error()));
    EXPECT_EQ(std::get<NestedFault>(t.error()).fault, model::RmpFault::Permission);
    EXPECT_EQ(desk.qword(0x1000) & abi::Pte::accessed, 0u);
    desk.pte(0x9000) |= abi::Pte::accessed;
    EXPECT_TRUE(walk(0x9000));
}
TEST_F(Translate, smap_keeps_the_supervisor_from_pages_of_the_user) {
    desk.pte(0x9000) |= abi::Pte::user;
    desk.save.cr4 |= abi::Cr4::smap;
    EXPECT_EQ(page_fault(0x9000), 1u);
    desk.save.rflags |= 1 << 18;
    EXPECT_TRUE(walk(0x9000));
}
TEST_F(Translate, without_nxe_the_bit_is_reserved) {
    desk.pte(0x9000) |= abi::Pte::no_execute;
    desk.save.efer &= ~abi::Efer::nxe;
    EXPECT_EQ(page_fault(0x9000), 9u);
}

class TranslatePae : public Translate {
protected:
    /// Pointers in page 9, a directory in page 10 whose first entry is the desk's own table.
    TranslatePae() {
        constexpr std::uint64_t link = desk_c_mask | abi::Pte::present | abi::Pte::writable | abi::Pte::user;
        desk.qword(0x9000) = 0xa000 | desk_c_mask | abi::Pte::present;
        desk.qword(0xa000) = 0x4000 | link;
        desk.qword(0xa008) = 0x20'0000 | link | abi::Pte::large;
        desk.save.efer = abi::Efer::svme;
        desk.save.cr3 = 0x9000;
    }
};
TEST_F(TranslatePae, finds_pages_of_both_sizes_with_their_c_bit) {
    EXPECT_EQ(walk(0x9123)->gpa, Gpa{0x9123});
    EXPECT_EQ(walk(0x9123)->encryption, Encryption::Private);
    EXPECT_EQ(walk(0x21'0123)->gpa, Gpa{0x21'0123});
    desk.pte(0x9000) &= ~desk_c_mask;
    EXPECT_EQ(walk(0x9000)->encryption, Encryption::Shared);
}
TEST_F(TranslatePae, the_pointers_hold_no_rights_and_take_no_bits) {
    EXPECT_TRUE(walk(0x9000, AccessKind::Write));
    EXPECT_EQ(desk.qword(0x9000) & 0x60, 0u);
    EXPECT_EQ(desk.qword(0xa000) & abi::Pte::accessed, abi::Pte::accessed);
    EXPECT_EQ(page_fault(0x4000'0000), 0u);  // the second pointer is absent
}

class Translate32 : public Translate {
protected:
    static constexpr std::uint64_t page_size_extensions = 1 << 4;
    /// A directory in page 9: entry 0 points to a table in page 10, entry 1 is a page of 4 MiB.
    Translate32() {
        set(0x9000, 0xa000 | 7);
        set(0x9004, 0x40'0000 | 0x1'2000 | 0x83);
        for (std::uint32_t i = 0; i < 16; ++i) set(0xa000 + 4 * i, i * 0x1000 | 3);
        desk.save.efer = abi::Efer::svme;
        desk.save.cr4 = page_size_extensions;
        desk.save.cr3 = 0x9000;
    }
    void set(std::uint64_t at, std::uint64_t value) {
        const auto word = static_cast<std::uint32_t>(value);
        std::memcpy(desk.bytes.data() + at, &word, sizeof word);
    }
};
TEST_F(Translate32, every_access_is_private) {
    EXPECT_EQ(walk(0x9123)->gpa, Gpa{0x9123});
    EXPECT_EQ(walk(0x9123)->encryption, Encryption::Private);
}
TEST_F(Translate32, four_mebibytes_lie_above_four_gibibytes_too) {
    EXPECT_EQ(walk(0x40'0123)->gpa, Gpa{0x9'0040'0123});
}
TEST_F(Translate32, the_upper_half_of_the_address_does_not_count) {
    EXPECT_EQ(walk(0x5'0000'9123)->gpa, Gpa{0x9123});
}
TEST_F(Translate32, has_no_protection_of_fetches) {
    EXPECT_TRUE(walk(0x9000, AccessKind::ExecuteSupervisor));
    set(0xa000 + 4 * 9, 0);
    EXPECT_EQ(page_fault(0x9000, AccessKind::ExecuteSupervisor), 0u);
}
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
