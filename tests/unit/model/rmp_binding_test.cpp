// SPDX-License-Identifier: MIT
// A system page is the guest's at one guest address only, and the host decides which of several an access
// reaches. [APM2 "Secure Nested Paging", the check of the guest physical address]
#include "tests/unit/model/rmp_table.hpp"

namespace model {
namespace {

class RmpBinding : public RmpTable {
protected:
    std::expected<Spa, RmpFault> read(Gpa at) const {
        return rmp.check_access(at, Read, Encryption::Private, Vmpl0);
    }
    std::expected<PvalidateOutcome, RmpFault> validate(Gpa at) {
        return rmp.pvalidate(at, Size4K, Validity::Validate, Vmpl0);
    }
};

TEST_F(RmpBinding, a_page_of_the_guest_at_another_address_is_refused_to_every_instruction) {
    ASSERT_EQ(rmp.show(host_page, Spa{valid_page.value()}), RmpResult::Success);
    remember();
    EXPECT_EQ(read(host_page).error(), RmpFault::OtherAddress);
    EXPECT_EQ(validate(host_page).error(), RmpFault::OtherAddress);
    EXPECT_EQ(rmp.rmpadjust(host_page, Size4K, 0xf01, Vmpl0).error(), RmpFault::OtherAddress);
    expect_unchanged();
    EXPECT_TRUE(read(valid_page).has_value()) << "at its own address it is what it was";
}

TEST_F(RmpBinding, a_page_of_another_guest_is_refused) {
    ASSERT_EQ(rmp.bind(spare, valid_page, Owner::OtherGuest), RmpResult::Success);
    ASSERT_EQ(rmp.show(valid_page, spare), RmpResult::Success);
    EXPECT_EQ(read(valid_page).error(), RmpFault::OtherAddress);
    EXPECT_EQ(validate(valid_page).error(), RmpFault::OtherAddress);
}

TEST_F(RmpBinding, a_page_bound_to_the_address_is_fresh_and_the_old_one_stays_valid) {
    ASSERT_EQ(rmp.bind(spare, valid_page), RmpResult::Success);
    ASSERT_EQ(rmp.show(valid_page, spare), RmpResult::Success);
    EXPECT_EQ(read(valid_page).error(), RmpFault::NotValidated);
    EXPECT_TRUE(rmp.entry(Spa{valid_page.value()}).validated);
    EXPECT_EQ(validate(valid_page), (PvalidateOutcome{RmpResult::Success, false}))
        << "silicon does not know that the address has a valid page already: software must";
    EXPECT_TRUE(read(valid_page).has_value());
    ASSERT_EQ(rmp.show(valid_page, Spa{valid_page.value()}), RmpResult::Success);
    EXPECT_TRUE(read(valid_page).has_value()) << "both are valid, and the host switches";
}

TEST_F(RmpBinding, binding_a_page_takes_it_from_where_it_was) {
    ASSERT_EQ(rmp.bind(Spa{valid_page.value()}, host_page), RmpResult::Success);
    EXPECT_EQ(read(valid_page).error(), RmpFault::OtherAddress);
    ASSERT_EQ(rmp.show(host_page, Spa{valid_page.value()}), RmpResult::Success);
    EXPECT_EQ(read(host_page).error(), RmpFault::NotValidated);
}

TEST_F(RmpBinding, a_running_vmsa_cannot_be_bound_elsewhere_but_be_hidden) {
    EXPECT_EQ(rmp.bind(Spa{running_vmsa_page.value()}, host_page), RmpResult::FailInUse);
    rmp.hide(running_vmsa_page);
    EXPECT_TRUE(rmp.entry(Spa{running_vmsa_page.value()}).in_use);
    EXPECT_EQ(read(running_vmsa_page).error(), RmpFault::NothingShown);
}

TEST_F(RmpBinding, where_nothing_is_shown_every_access_and_instruction_faults) {
    rmp.hide(valid_page);
    EXPECT_FALSE(rmp.contains(valid_page));
    EXPECT_EQ(read(valid_page).error(), RmpFault::NothingShown);
    EXPECT_EQ(rmp.check_access(valid_page, Read, Encryption::Shared, Vmpl0).error(), RmpFault::NothingShown);
    EXPECT_EQ(validate(valid_page).error(), RmpFault::NothingShown);
    EXPECT_EQ(rmp.rmpadjust(valid_page, Size4K, 0xf01, Vmpl0).error(), RmpFault::NothingShown);
    EXPECT_EQ(rmp.assign(valid_page, Size4K), RmpResult::FailInput);
    EXPECT_EQ(rmp.unassign(valid_page, Size4K), RmpResult::FailInput);
}

TEST_F(RmpBinding, showing_a_page_inside_a_large_one_splits_both_and_keeps_their_state) {
    ASSERT_EQ(rmp.show(large_page + page_bytes, Spa{unvalidated_large_page.value()}), RmpResult::Success);
    EXPECT_FALSE(rmp.entry(Spa{large_page.value()}).large);
    EXPECT_FALSE(rmp.entry(Spa{unvalidated_large_page.value()}).large);
    EXPECT_TRUE(rmp.entry(Spa{large_page.value()}).validated);
    EXPECT_EQ(rmp.pvalidate(large_page, Size2M, Validity::Rescind, Vmpl0),
              (PvalidateOutcome{RmpResult::FailSizeMismatch, false}));
}

TEST_F(RmpBinding, two_mebibytes_pieced_together_cannot_be_assigned_as_one) {
    ASSERT_EQ(rmp.unassign(small_pages, Size2M), RmpResult::Success);
    ASSERT_EQ(rmp.show(small_pages + page_bytes, spare), RmpResult::Success);
    EXPECT_EQ(rmp.assign(small_pages, Size2M), RmpResult::FailInput);
    EXPECT_EQ(rmp.unassign(small_pages, Size2M), RmpResult::Success)
        << "taking them away needs no such thing";
}

TEST_F(RmpBinding, a_large_page_is_found_as_one_only_where_it_is_shown_as_one) {
    EXPECT_EQ(rmp.map().find_as_one(large_page, PageSize::Size2M), Spa{large_page.value()});
    EXPECT_EQ(rmp.map().find_as_one(valid_page, PageSize::Size4K), Spa{valid_page.value()});
    ASSERT_EQ(rmp.show(large_page + page_bytes, spare), RmpResult::Success);
    EXPECT_EQ(rmp.map().find_as_one(large_page, PageSize::Size2M), std::nullopt);
    rmp.hide(large_page);
    EXPECT_EQ(rmp.map().find_as_one(large_page, PageSize::Size4K), std::nullopt);
}

TEST_F(RmpBinding, pages_that_do_not_exist_are_fail_input) {
    EXPECT_EQ(rmp.show(outside, spare), RmpResult::FailInput);
    EXPECT_EQ(rmp.show(valid_page + 1, spare), RmpResult::FailInput);
    EXPECT_EQ(rmp.show(valid_page, spare + spare_bytes), RmpResult::FailInput);
    EXPECT_EQ(rmp.bind(spare + spare_bytes, valid_page), RmpResult::FailInput);
    EXPECT_EQ(rmp.bind(spare + 8, valid_page), RmpResult::FailInput);
    rmp.hide(outside);
    expect_unchanged();
}

}  // namespace
}  // namespace model
