// SPDX-License-Identifier: MIT
// The CPU's own accesses reach the system page that the host maps.
#include "tests/unit/snpemu/silicon/desk_cpu.hpp"

namespace snpemu {
namespace {

constexpr Gpa page{0x10'0000};
constexpr Spa spare{0x14'0000};  // of another granule

class ShownPages : public testing::Test, protected DeskCpu {
protected:
    std::uint64_t* quadword(model::AccessKind kind) {
        const auto place = memory().locate(page + 8, kind, model::Encryption::Private, abi::Vmpl::Vmpl1);
        return place ? reinterpret_cast<std::uint64_t*>(*place) : nullptr;
    }
    std::uint64_t read() {
        const std::uint64_t* const at = quadword(model::AccessKind::Read);
        return at == nullptr ? ~0ull : *at;
    }
    /// Valid at the address of `page` too, with every right.
    void bind_spare() {
        ASSERT_EQ(rmp.bind(spare, page), abi::RmpResult::Success);
        rmp.entry(spare).validated = true;
        rmp.entry(spare).permissions.fill(abi::Permission::all);
    }
};

TEST_F(ShownPages, an_access_meets_what_is_shown) {
    qword(page.value() + 8) = 1;
    qword(spare.value() + 8) = 2;
    bind_spare();
    EXPECT_EQ(read(), 1);
    ASSERT_EQ(rmp.show(page, spare), abi::RmpResult::Success);
    EXPECT_EQ(read(), 2);
    ASSERT_NE(quadword(model::AccessKind::Write), nullptr);
    *quadword(model::AccessKind::Write) = 3;
    EXPECT_EQ(qword(spare.value() + 8), 3);
    ASSERT_EQ(rmp.show(page, Spa{page.value()}), abi::RmpResult::Success);
    EXPECT_EQ(read(), 1) << "contents are kept";
}

TEST_F(ShownPages, noise_is_owed_by_the_system_page) {
    std::array<std::uint64_t, NoiseDebt::words_for(Spa{pages * page_bytes})> map{};
    ram.noise = NoiseDebt{map};
    bind_spare();
    const Spa granule{round_down(spare.value(), NoiseDebt::granule_bytes)};
    ASSERT_TRUE(ram.noise.owe({granule, granule + NoiseDebt::granule_bytes}));
    EXPECT_EQ(read(), 0) << "the page that is shown owes none";
    ASSERT_EQ(rmp.show(page, spare), abi::RmpResult::Success);
    EXPECT_NE(read(), 0);
    EXPECT_FALSE(ram.noise.is_owed(spare));
}

TEST(GuestRam, ends_behind_its_last_range_and_contains_what_lies_in_one) {
    GuestRam ram;
    EXPECT_EQ(ram.end(), Gpa{0});
    ASSERT_TRUE(ram.ranges.push_back({Gpa{0x10'0000}, Gpa{0x20'0000}}));
    ASSERT_TRUE(ram.ranges.push_back({Gpa{0}, Gpa{0xa'0000}}));
    EXPECT_EQ(ram.end(), Gpa{0x20'0000}) << "the order of the ranges does not matter";
    EXPECT_TRUE(ram.contains(Gpa{0x10'0000}, 0x10'0000));
    EXPECT_FALSE(ram.contains(Gpa{0x9'f000}, 0x2000)) << "over the hole";
    EXPECT_FALSE(ram.contains(Gpa{0x1f'ffff}, 2)) << "over the end";
    EXPECT_FALSE(ram.contains(Gpa{~0ull}, 2)) << "around the end of the address space";
}

}  // namespace
}  // namespace snpemu
