// SPDX-License-Identifier: MIT
// The page state list: the host may be slow, but it may not go back, stop, or choose the pages.
#include "svsm/ghcb/page_state.hpp"

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"

namespace svsm::ghcb {
namespace {

using abi::PscHeader, abi::PscOperation;

class PageState : public testing::Test {
protected:
    /// Asks for the first `pages` pages of memory.
    BootResult ask(unsigned pages) {
        for (unsigned i = 0; i < pages; ++i)
            if (const auto added = list.add(Gpa{i * page_bytes}, PageSize::Size4K, PscOperation::Private);
                !added)
                return added;
        return list.flush();
    }
    /// After the host's work, its header reads like this.
    void host_claims(PscHeader header) {
        m.host_event_reply = [=, this](abi::Ghcb& ghcb) {
            if (++exits > 1000) throw sim::Misuse{"the SVSM asks without end"};
            std::memcpy(ghcb.shared_buffer, &header, sizeof header);
        };
    }
    [[nodiscard]] unsigned assigned() const {
        unsigned count = 0;
        for (Gpa page{0}; page.value() < 0x80'0000; page = page + page_bytes) count += m.entry(page).assigned;
        return count;
    }
    sim::Machine m{0x80'0000};
    PageStateList list;
    unsigned exits = 0;
};

TEST_F(PageState, changes_every_page) {
    EXPECT_TRUE(ask(10).has_value());
    EXPECT_EQ(assigned(), 10u);
}

TEST_F(PageState, hands_a_full_list_over_and_goes_on) {
    EXPECT_TRUE(ask(600).has_value());
    EXPECT_EQ(assigned(), 600u);
}

TEST_F(PageState, names_2m_pages) {
    EXPECT_TRUE(list.add(Gpa{0x20'0000}, PageSize::Size2M, PscOperation::Private).has_value());
    EXPECT_TRUE(list.flush().has_value());
    EXPECT_TRUE(m.entry(Gpa{0x20'0000}).large);
    EXPECT_EQ(assigned(), 512u);
}

TEST_F(PageState, gives_pages_back) {
    EXPECT_TRUE(ask(3).has_value());
    EXPECT_TRUE(list.add(Gpa{0x1000}, PageSize::Size4K, PscOperation::Shared).has_value());
    EXPECT_TRUE(list.flush().has_value());
    EXPECT_EQ(assigned(), 2u);
}

TEST_F(PageState, an_empty_list_asks_nothing) {
    m.host_event_reply = [](abi::Ghcb&) { FAIL(); };
    EXPECT_TRUE(list.flush().has_value());
}

TEST_F(PageState, asks_again_until_everything_is_done) {
    m.psc_entries_per_exit = 3;
    m.host_event_reply = [this](abi::Ghcb&) { ++exits; };
    EXPECT_TRUE(ask(10).has_value());
    EXPECT_EQ(assigned(), 10u);
    EXPECT_EQ(exits, 4u);
}

TEST_F(PageState, a_host_that_makes_no_progress_is_refused) {
    host_claims({0, 9, 0});
    EXPECT_EQ(ask(10).error(), Termination::PageStateChange);
    EXPECT_EQ(exits, 1u);
}

TEST_F(PageState, a_host_that_goes_back_is_refused) {
    m.psc_entries_per_exit = 4;
    m.host_event_reply = [this](abi::Ghcb& ghcb) {
        const PscHeader header{static_cast<std::uint16_t>(exits++ == 0 ? 4 : 2), 9, 0};
        std::memcpy(ghcb.shared_buffer, &header, sizeof header);
    };
    EXPECT_EQ(ask(10).error(), Termination::PageStateChange);
    EXPECT_EQ(exits, 2u);
}

TEST_F(PageState, a_host_that_runs_past_the_end_is_refused) {
    host_claims({11, 9, 0});
    EXPECT_EQ(ask(10).error(), Termination::PageStateChange);
}

TEST_F(PageState, a_host_that_changes_the_length_is_refused) {
    host_claims({10, 20, 0});
    EXPECT_EQ(ask(10).error(), Termination::PageStateChange);
}

TEST_F(PageState, a_host_that_writes_into_reserved_bytes_is_refused) {
    host_claims({10, 9, 1});
    EXPECT_EQ(ask(10).error(), Termination::PageStateChange);
}

TEST_F(PageState, a_host_that_reports_an_error_is_refused) {
    m.host_event_reply = [](abi::Ghcb& ghcb) { ghcb.sw_exit_info_2 = abi::PscError::generic; };
    EXPECT_EQ(ask(2).error(), Termination::PageStateChange);
    PageStateList another;
    m.host_event_reply = [](abi::Ghcb& ghcb) { ghcb.sw_exit_info_1 = 2; };
    EXPECT_TRUE(another.add(Gpa{0}, PageSize::Size4K, PscOperation::Private).has_value());
    EXPECT_EQ(another.flush().error(), Termination::PageStateChange);
}

// linux-svsm took the entries back from the shared page, and with them the host's choice of
// pages to validate.
TEST_F(PageState, entries_that_the_host_rewrites_are_written_anew) {
    m.psc_entries_per_exit = 1;
    m.host_event_reply = [](abi::Ghcb& ghcb) {
        for (unsigned i = 8; i < sizeof ghcb.shared_buffer; ++i) ghcb.shared_buffer[i] = 0xff;
    };
    EXPECT_TRUE(ask(5).has_value());
    EXPECT_EQ(assigned(), 5u);
}

}  // namespace
}  // namespace svsm::ghcb
