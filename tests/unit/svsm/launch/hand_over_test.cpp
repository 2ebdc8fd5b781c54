// SPDX-License-Identifier: MIT
// All of the guest's memory at once: what was loaded keeps its contents, what is built later is left alone.
#include "svsm/launch/hand_over.hpp"

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"
#include "svsm/launch/boot_region.hpp"

namespace svsm {
namespace {

using abi::Vmpl;
using model::AccessKind;

constexpr std::uint64_t memory_bytes = 16 << 20;
constexpr GpaRange segment{Gpa{0x40'0000}, Gpa{0x40'2000}};
constexpr Gpa low{0x1000}, high{0x60'0000};

class HandOver : public testing::Test {
protected:
    HandOver() {
        m.launch(segment);
        m.fill({Gpa{0}, Gpa{memory_bytes}}, 0x5e);
        block.guest_segments[0] = {segment.begin.value(), segment.size()};
        block.guest_segment_count = 1;
        EXPECT_TRUE(guest.ram.add({Gpa{0}, Gpa{memory_bytes}}));
        guest.pages.start({}, RamBlocks{guest.ram}, states, directory, {});
    }
    [[nodiscard]] bool is_guests(Gpa page) const {
        return guest.pages.state(page) == PageState::Guests &&
               m.rmp_allows(Vmpl::Vmpl1, AccessKind::Write, page);
    }
    [[nodiscard]] bool is_zero(Gpa page) const { return m.is_filled_with({page, page + page_bytes}, 0); }

    sim::Machine m{memory_bytes};
    Guest guest;
    abi::adyton::BootBlock block{};
    std::array<BlockStates, memory_bytes / large_page_bytes> states{};
    std::array<Region*, memory_bytes / large_page_bytes> directory{};
};

TEST_F(HandOver, gives_the_guest_everything_but_the_boot_region) {
    ASSERT_TRUE(hand_over_memory(guest, block, true).has_value());
    for (Gpa page{0}; page.value() < memory_bytes; page = page + page_bytes)
        EXPECT_EQ(is_guests(page), !boot_region.contains(page)) << std::hex << page.value();
}

TEST_F(HandOver, what_was_loaded_keeps_its_contents) {
    ASSERT_TRUE(hand_over_memory(guest, block, true).has_value());
    EXPECT_TRUE(m.is_filled_with(segment, 0x5e));
}

TEST_F(HandOver, zeroes_the_rest_unless_pages_stay_where_they_are) {
    ASSERT_TRUE(hand_over_memory(guest, block, true).has_value());
    EXPECT_TRUE(is_zero(low) && is_zero(high));
}

TEST_F(HandOver, leaves_noise_above_the_first_mib_where_pages_stay) {
    block.page_moves = abi::adyton::PageMoves::Forbidden;
    ASSERT_TRUE(hand_over_memory(guest, block, true).has_value());
    EXPECT_TRUE(is_zero(low));
    EXPECT_FALSE(is_zero(high));
}

// The host takes a loaded page away: there is nothing to grant.
TEST_F(HandOver, a_loaded_page_that_is_gone_ends_the_boot) {
    m.host_takes(segment.begin);
    EXPECT_EQ(hand_over_memory(guest, block, true).error(), Termination::GuestMemory);
}

}  // namespace
}  // namespace svsm
