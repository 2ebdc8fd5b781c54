// SPDX-License-Identifier: MIT
#include "svsm/guest/rights.hpp"

#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

class Rights : public World {
protected:
    Va window(Gpa page) {
        if (!shown) shown = machine::map_window(machine::Window::Scratch4K, page);
        return *shown;
    }
    std::optional<Va> shown;
    [[nodiscard]] std::array<std::uint8_t, abi::vmpl_count> of(Gpa page) const {
        return m.entry(page).permissions;
    }
    void TearDown() override { machine::flush_guests(); }
};
using All = std::array<std::uint8_t, abi::vmpl_count>;

TEST_F(Rights, revoke_takes_them_from_everybody_below) {
    EXPECT_TRUE(grant_all(window(page_a), PageSize::Size4K, Vmpl3).has_value());
    EXPECT_EQ(of(page_a), (All{15, 15, 15, 15}));
    EXPECT_TRUE(revoke_all(window(page_a), PageSize::Size4K).has_value());
    EXPECT_EQ(of(page_a), (All{15, 0, 0, 0}));
}

TEST_F(Rights, grant_stops_at_the_lowest_level_named) {
    EXPECT_TRUE(grant_all(window(page_a), PageSize::Size4K, Vmpl2).has_value());
    EXPECT_EQ(of(page_a), (All{15, 15, 15, 0}));
    EXPECT_TRUE(revoke_all(window(page_a), PageSize::Size4K).has_value());
    EXPECT_TRUE(grant_all(window(page_a), PageSize::Size4K, Vmpl1).has_value());
    EXPECT_EQ(of(page_a), (All{15, 15, 0, 0}));
}

TEST_F(Rights, a_vmsa_may_be_read_by_some_and_written_by_nobody) {
    EXPECT_TRUE(make_vmsa(window(page_a), Vmpl2).has_value());
    EXPECT_EQ(of(page_a), (All{15, 1, 1, 0}));
    EXPECT_TRUE(m.entry(page_a).vmsa);
    EXPECT_TRUE(make_vmsa(window(page_a), Vmpl0).has_value());
    EXPECT_EQ(of(page_a), (All{15, 0, 0, 0}));
    EXPECT_TRUE(m.entry(page_a).vmsa);
}

TEST_F(Rights, granting_ends_a_vmsa) {
    EXPECT_TRUE(make_vmsa(window(page_a), Vmpl1).has_value());
    EXPECT_TRUE(grant_all(window(page_a), PageSize::Size4K, Vmpl1).has_value());
    EXPECT_FALSE(m.entry(page_a).vmsa);
}

TEST_F(Rights, the_first_refusal_is_the_answer) {
    unsigned calls = 0;
    m.rmpadjust_result = [&](Gpa) {
        return ++calls == 2 ? std::optional{machine::RmpadjustError::FailInUse} : std::nullopt;
    };
    EXPECT_EQ(revoke_all(window(page_a), PageSize::Size4K).error(), machine::RmpadjustError::FailInUse);
    EXPECT_EQ(calls, 2u);
}

}  // namespace
}  // namespace svsm
