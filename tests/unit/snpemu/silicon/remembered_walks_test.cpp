// SPDX-License-Identifier: MIT
// A walk that is remembered is the walk that would be made.
#include "snpemu/silicon/remembered_walks.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/unit/snpemu/silicon/desk_cpu.hpp"

namespace snpemu {
namespace {

using model::AccessKind;
constexpr auto vmpl1 = abi::Vmpl::Vmpl1;
constexpr std::uint64_t page = 0x9000;
constexpr std::uint64_t c_bit_and_present = desk_c_mask | abi::Pte::present;

/// The desk's CPU with a memory for walks.
class RememberedWalks : public testing::Test {
protected:
    GuestMemory memory() { return {desk.ram, desk.rmp, &walks}; }
    std::expected<std::uint64_t, TranslationError> read(GuestMemory through, std::uint64_t va) {
        std::uint64_t value = 0;
        const auto done = read_virtual(desk.cpu(), through, vmpl1, GuestVa{va},
                                       std::as_writable_bytes(std::span{&value, 1}), desk_c_bit);
        return done.transform([&] { return value; });
    }
    auto write(GuestMemory through, std::uint64_t va, std::uint64_t value) {
        return write_virtual(desk.cpu(), through, vmpl1, GuestVa{va}, std::as_bytes(std::span{&value, 1}),
                             desk_c_bit);
    }
    std::byte* find(const Access& access, abi::Vmpl vmpl = vmpl1) {
        return walks.find(desk.save, desk.rmp, vmpl, access);
    }
    std::byte* find(std::uint64_t va = page) { return find({GuestVa{va}, AccessKind::Read, Ring::Supervisor}); }
    /// Twice: the first walk has Accessed to set.
    void read_until_kept() {
        for (int i = 0; i < 2; ++i) ASSERT_TRUE(read(memory(), page));
        ASSERT_NE(find(), nullptr);
    }
    void expect_forgotten_by(const std::function<void()>& change) {
        read_until_kept();
        change();
        EXPECT_EQ(find(), nullptr);
    }
    DeskCpu desk;
    snpemu::RememberedWalks walks;
};

TEST_F(RememberedWalks, leads_to_the_same_place) {
    read_until_kept();
    EXPECT_EQ(find(page + 0x123), &desk.bytes[page + 0x123]);
    desk.qword(page + 8) = 0x1234;
    EXPECT_EQ(read(memory(), page + 8), 0x1234u);
}
TEST_F(RememberedWalks, a_walk_with_marks_to_make_is_not_kept) {
    ASSERT_TRUE(read(memory(), page));
    EXPECT_EQ(find(), nullptr);
}
TEST_F(RememberedWalks, each_of_the_four_entries_is_read_again) {
    for (const std::uint64_t entry : {0x1000ul, 0x2000ul, 0x3000ul, 0x4000ul + 9 * 8})
        expect_forgotten_by([&] { desk.qword(entry) ^= abi::Pte::user; });
}
TEST_F(RememberedWalks, the_registers_belong_to_the_question) {
    const abi::VmcbSave before = desk.save;
    for (std::uint64_t* const field : {&desk.save.cr0, &desk.save.cr3, &desk.save.cr4, &desk.save.efer}) {
        expect_forgotten_by([&] { *field ^= 1 << 16; });
        desk.save = before;
    }
    expect_forgotten_by([&] { desk.save.rflags ^= abi::Rflags::ac; });
}
TEST_F(RememberedWalks, so_do_the_level_and_the_kind_of_the_access) {
    read_until_kept();
    const Access read{GuestVa{page}, AccessKind::Read, Ring::Supervisor};
    EXPECT_EQ(find(read, abi::Vmpl::Vmpl2), nullptr);
    EXPECT_EQ(find({read.va, AccessKind::Write, Ring::Supervisor}), nullptr);
    EXPECT_EQ(find({read.va, AccessKind::ExecuteSupervisor, Ring::Supervisor}), nullptr);
    EXPECT_EQ(find({read.va, AccessKind::Read, Ring::User}), nullptr);
    EXPECT_NE(find(read), nullptr);
}
TEST_F(RememberedWalks, a_right_that_is_taken_from_its_level_ends_it) {
    using abi::RmpAttributes;
    const auto adjust = [&](unsigned target) {
        const std::uint64_t attributes = RmpAttributes::TargetVmpl::put(target);
        ASSERT_EQ(desk.rmp.rmpadjust(Gpa{0xa000}, PageSize::Size4K, attributes, abi::Vmpl::Vmpl0),
                  abi::RmpResult::Success);
    };
    expect_forgotten_by([&] { adjust(1); });
    read_until_kept();
    adjust(2);
    EXPECT_NE(find(), nullptr);
}
TEST_F(RememberedWalks, a_page_that_is_taken_away_ends_it) {
    const Gpa other{0xb000};
    const auto validity = [&](abi::Validity wanted) {
        ASSERT_TRUE(desk.rmp.pvalidate(other, PageSize::Size4K, wanted, abi::Vmpl::Vmpl0));
    };
    expect_forgotten_by([&] { validity(abi::Validity::Rescind); });
    expect_forgotten_by([&] { (void)desk.rmp.unassign(other, PageSize::Size4K); });
    expect_forgotten_by([&] { (void)desk.rmp.assign(other, PageSize::Size4K); });
    expect_forgotten_by([&] { (void)desk.rmp.bind(Spa{0xb000}, other); });
    expect_forgotten_by([&] { (void)desk.rmp.show(other, Spa{0xc000}); });
    expect_forgotten_by([&] { desk.rmp.hide(other); });
    expect_forgotten_by([&] { desk.rmp.launch(Gpa{0xd000}, false); });
}
TEST_F(RememberedWalks, what_takes_nothing_away_leaves_it) {
    (void)desk.rmp.assign(Gpa{0xb000}, PageSize::Size4K);
    ASSERT_TRUE(desk.rmp.pvalidate(Gpa{0xb000}, PageSize::Size4K, abi::Validity::Rescind, abi::Vmpl::Vmpl0));
    read_until_kept();
    ASSERT_TRUE(desk.rmp.pvalidate(Gpa{0xb000}, PageSize::Size4K, abi::Validity::Validate, abi::Vmpl::Vmpl0));
    desk.rmp.smash(Gpa{0xb000});
    EXPECT_NE(find(), nullptr);
}
TEST_F(RememberedWalks, a_save_area_that_runs_takes_no_write) {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(write(memory(), page, 1));
    const Access access{GuestVa{page}, AccessKind::Write, Ring::Supervisor};
    ASSERT_NE(find(access), nullptr);
    desk.rmp_of(page).in_use = true;
    EXPECT_EQ(find(access), nullptr);
    EXPECT_FALSE(write(memory(), page, 2));
    EXPECT_EQ(desk.qword(page), 1u);
}
TEST_F(RememberedWalks, a_large_page_has_fewer_entries) {
    desk.qword(0x3000) = c_bit_and_present | abi::Pte::writable | abi::Pte::large;
    read_until_kept();
    desk.qword(0x3000) &= ~abi::Pte::present;
    EXPECT_EQ(find(), nullptr);
}
TEST_F(RememberedWalks, other_forms_of_tables_are_not_kept) {
    desk.save.efer = abi::Efer::svme | abi::Efer::lme | abi::Efer::lma;  // without NXE the bit is reserved
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(read(memory(), page));
    EXPECT_EQ(find(), nullptr);
}
TEST_F(RememberedWalks, a_write_across_two_pages_is_not_kept) {
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(write(memory(), page + 0xffc, 1));
    EXPECT_EQ(find({GuestVa{page}, AccessKind::Write, Ring::Supervisor}), nullptr);
}

/// Changes of every kind between accesses that one CPU remembers and the other does not.
class TwoCpus : public RememberedWalks {
protected:
    std::uint64_t below(std::uint64_t limit) { return random() % limit; }
    Gpa some_page() { return Gpa{0x8000 + page_bytes * below(8)}; }
    void change() {
        const Gpa at = some_page();
        const bool adds = below(2) == 0;
        switch (below(10)) {
            case 0: desk.pte(at.value()) ^= std::uint64_t{1} << below(7); return;
            case 1: desk.qword(0x1000 * (1 + below(3))) ^= std::uint64_t{1} << below(7); return;
            case 2: desk.save.cr4 ^= abi::Cr4::smap; return;
            case 3: desk.pte(at.value()) ^= desk_c_mask; return;
            case 4:
                (void)desk.rmp.rmpadjust(at, PageSize::Size4K,
                                         abi::RmpAttributes::TargetVmpl::put(1 + below(3)) |
                                             abi::RmpAttributes::Permissions::put(adds ? 15 : below(16)),
                                         abi::Vmpl::Vmpl0);
                return;
            case 5:
                (void)desk.rmp.pvalidate(at, PageSize::Size4K,
                                         adds ? abi::Validity::Validate : abi::Validity::Rescind,
                                         abi::Vmpl::Vmpl0);
                return;
            case 6: (void)(adds ? desk.rmp.assign(at, PageSize::Size4K) : desk.rmp.unassign(at, PageSize::Size4K)); return;
            case 7: (void)desk.rmp.show(at, Spa{some_page().value()}); return;
            case 8: desk.rmp_of(at.value()).in_use = adds && below(4) == 0; return;
            default: repair(); return;
        }
    }
    /// Most of what was changed, so that accesses succeed now and then.
    void repair() {
        for (std::uint64_t at = 0x8000; at < 0x1'0000; at += page_bytes) {
            desk.rmp_of(at).in_use = false;
            (void)desk.rmp.show(Gpa{at}, Spa{at});
            desk.rmp.launch(Gpa{at}, false);
            (void)desk.rmp.rmpadjust(Gpa{at}, PageSize::Size4K,
                                     abi::RmpAttributes::TargetVmpl::put(1) |
                                         abi::RmpAttributes::Permissions::put(15),
                                     abi::Vmpl::Vmpl0);
            desk.pte(at) = at | c_bit_and_present | abi::Pte::writable;
        }
        for (const std::uint64_t table : {0x1000ul, 0x2000ul, 0x3000ul})
            desk.qword(table) = (table + 0x1000) | c_bit_and_present | abi::Pte::writable | abi::Pte::user;
    }
    std::mt19937_64 random{1};
};
TEST_F(TwoCpus, find_the_same_whatever_happens_in_between) {
    unsigned found = 0;
    repair();
    for (unsigned step = 0; step < 60'000; ++step) {
        if (below(4) == 0) change();
        const std::uint64_t va = some_page().value() + 8 * below(512), value = random();
        const bool writes = below(2) == 0;
        found += find({GuestVa{va}, writes ? AccessKind::Write : AccessKind::Read, Ring::Supervisor}) != nullptr;
        if (!writes) {
            const auto remembered = read(memory(), va), walked = read(desk.memory(), va);
            ASSERT_EQ(remembered.has_value(), walked.has_value()) << "step " << step;
            if (walked) ASSERT_EQ(*remembered, *walked) << "step " << step;
            continue;
        }
        const bool done = write(memory(), va, value).has_value();
        const auto read_back = read(desk.memory(), va);
        ASSERT_EQ(write(desk.memory(), va, value).has_value(), done) << "step " << step;
        if (done && read_back) ASSERT_EQ(*read_back, value) << "step " << step;
    }
    EXPECT_GT(found, 5'000u);  // else this has compared nothing
}

}  // namespace
}  // namespace snpemu
