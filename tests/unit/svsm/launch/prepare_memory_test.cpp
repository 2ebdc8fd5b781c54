// SPDX-License-Identifier: MIT
// RAM on its way to the guest: private, validated, granted - and a host that would like it otherwise.
#include "svsm/launch/prepare_memory.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"

namespace svsm {
namespace {

using abi::Vmpl;
using enum Vmpl;
using model::AccessKind;

constexpr std::uint64_t memory_bytes = 8 << 20;

class PrepareMemory : public testing::Test {
protected:
    PrepareMemory() {
        m.fill({Gpa{0}, Gpa{memory_bytes}}, 0x5e);
        EXPECT_TRUE(ram.add({Gpa{0x10'0000}, Gpa{0x60'3000}}));
    }
    BootResult prepare(bool starts_shared = true, Vmpl vmpl = Vmpl1) {
        start_pages();
        return prepare_guest_memory({ram, keep_out, starts_shared, vmpl, contents, lines}, pages);
    }
    /// Exactly `expected` is the guest's: valid, granted, and not zeroed.
    void expect_prepared(const std::vector<GpaRange>& expected, Vmpl vmpl = Vmpl1) const {
        for (Gpa page{0}; page.value() < memory_bytes; page = page + page_bytes) {
            const bool wanted =
                std::ranges::any_of(expected, [&](GpaRange range) { return range.contains(page); });
            EXPECT_EQ(m.rmp_allows(vmpl, AccessKind::Write, page), wanted) << std::hex << page.value();
            EXPECT_EQ(m.entry(page).validated, wanted);
            EXPECT_FALSE(m.is_filled_with({page, page + page_bytes}, 0));
        }
    }

    void start_pages() { pages.start({}, RamBlocks{ram}, states, directory, {}); }

    sim::Machine m{memory_bytes};
    RamMap ram;
    std::array<BlockStates, memory_bytes / large_page_bytes + 1> states{};
    std::array<Region*, memory_bytes / large_page_bytes + 1> directory{};
    GuestPages pages;
    std::vector<GpaRange> keep_out;
    Contents contents = Contents::Noise;
    HostLines lines = HostLines::Coherent;
};

TEST_F(PrepareMemory, hands_everything_over) {
    EXPECT_TRUE(prepare().has_value());
    expect_prepared({{Gpa{0x10'0000}, Gpa{0x60'3000}}});
}

TEST_F(PrepareMemory, what_the_boot_validated_is_known_from_then_on) {
    keep_out = {{Gpa{0x30'1000}, Gpa{0x30'3000}}};
    EXPECT_TRUE(prepare().has_value());
    for (Gpa page{0x10'0000}; page < Gpa{0x60'3000}; page = page + page_bytes)
        EXPECT_EQ(pages.state(page), keep_out[0].contains(page) ? PageState::NotValidated : PageState::Guests)
            << std::hex << page.value();
}

TEST_F(PrepareMemory, uses_2m_pages_where_they_fit) {
    EXPECT_TRUE(prepare().has_value());
    for (const std::uint64_t at : {0x10'0000u, 0x1f'f000u, 0x60'0000u}) EXPECT_FALSE(m.entry(Gpa{at}).large);
    for (const std::uint64_t at : {0x20'0000u, 0x40'0000u, 0x5f'f000u}) EXPECT_TRUE(m.entry(Gpa{at}).large);
}

TEST_F(PrepareMemory, keeps_its_hands_off) {
    keep_out = {{Gpa{0x30'1000}, Gpa{0x30'3000}}, {Gpa{0x10'0000}, Gpa{0x10'2000}}};
    EXPECT_TRUE(prepare().has_value());
    expect_prepared({{Gpa{0x10'2000}, Gpa{0x30'1000}}, {Gpa{0x30'3000}, Gpa{0x60'3000}}});
}

TEST_F(PrepareMemory, grants_to_the_levels_of_the_guest_only) {
    EXPECT_TRUE(prepare(true, Vmpl2).has_value());
    EXPECT_TRUE(m.rmp_allows(Vmpl1, AccessKind::Read, Gpa{0x20'0000}));
    EXPECT_TRUE(m.rmp_allows(Vmpl2, AccessKind::Read, Gpa{0x20'0000}));
    EXPECT_FALSE(m.rmp_allows(Vmpl3, AccessKind::Read, Gpa{0x20'0000}));
}

TEST_F(PrepareMemory, asks_for_no_page_that_is_private_already) {
    m.host_event_reply = [](abi::Ghcb&) { FAIL() << "the host was asked"; };
    for (Gpa page{0x10'0000}; page.value() < 0x60'3000; page = page + page_bytes) m.host_gives(page);
    EXPECT_TRUE(prepare(false).has_value());
    expect_prepared({{Gpa{0x10'0000}, Gpa{0x60'3000}}});
}

TEST_F(PrepareMemory, a_host_that_splits_large_pages_is_fine) {
    EXPECT_EQ(m.entry(Gpa{0x20'0000}).large, false);
    m.host_event_reply = [&](abi::Ghcb&) {
        if (!m.entry(Gpa{0x20'0000}).large) return;
        m.host_takes(Gpa{0x20'0000});
        m.host_gives(Gpa{0x20'0000});
    };
    EXPECT_TRUE(prepare().has_value());
    expect_prepared({{Gpa{0x10'0000}, Gpa{0x60'3000}}});
}

// Operating systems search it for a BIOS. [docs/guest-abi.md]
TEST_F(PrepareMemory, the_first_mib_is_zero_and_nothing_else) {
    EXPECT_TRUE(ram.add({Gpa{0}, Gpa{0xa'0000}}));
    EXPECT_TRUE(ram.add({Gpa{0xc'0000}, Gpa{0x10'0000}}));
    EXPECT_TRUE(prepare().has_value());
    for (const GpaRange zero : {GpaRange{Gpa{0}, Gpa{0xa'0000}}, GpaRange{Gpa{0xc'0000}, Gpa{0x10'0000}}})
        EXPECT_TRUE(m.is_filled_with(zero, 0));
    for (const std::uint64_t page : {0x10'0000u, 0x20'0000u, 0x60'2000u})
        EXPECT_FALSE(m.is_filled_with({Gpa{page}, Gpa{page} + page_bytes}, 0)) << std::hex << page;
}

// The host may have had the AMD-SP move a page of the SVSM, whose contents are still in the
// old place. [docs/adr/0027]
TEST_F(PrepareMemory, where_pages_may_move_all_is_zero_before_it_is_readable) {
    contents = Contents::Zero;
    m.between = [&](sim::Step step) {
        if (step != sim::Step::Rmpadjust && step != sim::Step::MapWindow) return;
        for (const std::uint64_t at : {0x10'0000u, 0x20'0000u, 0x5f'f000u})
            if (m.guest_may(Vmpl1, AccessKind::Read, Gpa{at}))
                EXPECT_TRUE(m.is_filled_with({Gpa{at}, Gpa{at} + page_bytes}, 0));
    };
    EXPECT_TRUE(prepare().has_value());
    EXPECT_TRUE(m.is_filled_with({Gpa{0x10'0000}, Gpa{0x60'3000}}, 0));
}

// CVE-2024-36331: until both ends of a page were read, lines that the host wrote may still land on it.
TEST_F(PrepareMemory, lines_of_the_host_are_evicted_before_anybody_else_may_read) {
    std::vector<Gpa> reads;
    m.before_guest_read = [&](Gpa at) {
        EXPECT_TRUE(m.entry(at.page()).validated) << "too early: " << std::hex << at.value();
        EXPECT_FALSE(m.rmp_allows(Vmpl1, AccessKind::Read, at)) << "too late: " << std::hex << at.value();
        reads.push_back(at);
    };
    lines = HostLines::Stale;
    EXPECT_TRUE(prepare().has_value());
    std::vector<Gpa> both_ends;
    for (Gpa page{0x10'0000}; page < Gpa{0x60'3000}; page = page + page_bytes) {
        both_ends.push_back(page);
        both_ends.push_back(page + (page_bytes - 1));
    }
    EXPECT_EQ(reads, both_ends);
}

TEST_F(PrepareMemory, nothing_is_read_where_lines_are_coherent) {
    m.before_guest_read = [](Gpa at) { FAIL() << std::hex << at.value(); };
    EXPECT_TRUE(prepare().has_value());
}

TEST_F(PrepareMemory, a_page_that_vanishes_before_its_lines_are_evicted_ends_the_boot) {
    lines = HostLines::Stale;
    m.before_guest_read = [&](Gpa at) {
        if (at == Gpa{0x10'0fff}) m.host_takes(Gpa{0x10'0000});
    };
    EXPECT_EQ(prepare().error(), Termination::GuestMemory);
    EXPECT_FALSE(m.rmp_allows(Vmpl1, AccessKind::Read, Gpa{0x10'0000}));
}

TEST_F(PrepareMemory, the_first_mib_is_not_readable_before_it_is_zero) {
    EXPECT_TRUE(ram.add({Gpa{0}, Gpa{0xa'0000}}));
    m.between = [&](sim::Step step) {
        if (step != sim::Step::Rmpadjust && step != sim::Step::MapWindow) return;
        for (const std::uint64_t at : {0u, 0x1000u, 0x9'f000u})
            if (m.guest_may(Vmpl1, AccessKind::Read, Gpa{at}))
                EXPECT_TRUE(m.is_filled_with({Gpa{at}, Gpa{at} + page_bytes}, 0));
    };
    EXPECT_TRUE(prepare().has_value());
}

TEST_F(PrepareMemory, a_host_that_refuses_ends_the_boot) {
    m.host_event_reply = [](abi::Ghcb& ghcb) { ghcb.sw_exit_info_2 = abi::PscError::invalid_entry; };
    EXPECT_EQ(prepare().error(), Termination::PageStateChange);
}

TEST_F(PrepareMemory, a_host_that_only_says_so_ends_the_boot) {
    m.host_event_reply = [&](abi::Ghcb&) {
        if (m.entry(Gpa{0x20'0000}).assigned) m.host_takes(Gpa{0x20'0000}, PageSize::Size2M);
    };
    EXPECT_EQ(prepare().error(), Termination::GuestMemory);
}

// The page was validated before: it may be aliased.
TEST_F(PrepareMemory, a_page_that_is_valid_already_ends_the_boot) {
    m.launch({Gpa{0x10'0000}, Gpa{0x10'1000}});
    EXPECT_EQ(prepare().error(), Termination::GuestMemory);
    EXPECT_FALSE(m.guest_may(Vmpl1, AccessKind::Read, Gpa{0x10'0000}));
}

TEST_F(PrepareMemory, loaded_pages_keep_their_contents) {
    m.launch({Gpa{0x1000}, Gpa{0x3000}});
    EXPECT_TRUE(ram.add({Gpa{0}, Gpa{0xa'0000}}));
    start_pages();
    EXPECT_TRUE(grant_loaded_pages(pages, {Gpa{0x1000}, Gpa{0x3000}}, Vmpl1).has_value());
    EXPECT_EQ(pages.state(Gpa{0x2000}), PageState::Guests);
    EXPECT_EQ(pages.state(Gpa{0x3000}), PageState::NotValidated);
    EXPECT_TRUE(m.rmp_allows(Vmpl1, AccessKind::Write, Gpa{0x2000}));
    EXPECT_FALSE(m.rmp_allows(Vmpl2, AccessKind::Read, Gpa{0x2000}));
    EXPECT_TRUE(m.is_filled_with({Gpa{0x1000}, Gpa{0x3000}}, 0x5e));
    EXPECT_EQ(grant_loaded_pages(pages, {Gpa{0x3000}, Gpa{0x4000}}, Vmpl1).error(), Termination::GuestMemory);
}

}  // namespace
}  // namespace svsm
