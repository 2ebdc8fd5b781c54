// SPDX-License-Identifier: MIT
// The order of the AMD-SP's launch commands, and what a launched page is.
#include "model/psp/launch.hpp"

#include "tests/unit/model/rmp_table.hpp"
#include "tests/unit/reached.hpp"

namespace model::psp {
namespace {

constexpr LowerRights none{};

std::string name_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::InvalidGuestState: return "InvalidGuestState";
        case Refusal::InvalidAddress: return "InvalidAddress";
        case Refusal::InvalidPageState: return "InvalidPageState";
    }
    return "";
}

class PspLaunch : public RmpTable {
protected:
    Launch started() {
        Launch launch;
        EXPECT_TRUE(launch.start(0x3'0000));
        return launch;
    }
};

TEST_F(PspLaunch, makes_a_page_the_guests_valid_and_vmpl0s_alone) {
    Launch launch = started();
    EXPECT_TRUE(launch.update(rmp, host_page, none));
    const RmpEntry& entry = rmp.entry(host_page);
    EXPECT_TRUE(entry.assigned && entry.validated && !entry.vmsa && !entry.large && !entry.in_use);
    EXPECT_EQ(entry.owner, Owner::Guest);
    EXPECT_EQ(entry.guest, host_page);
    EXPECT_EQ(entry.permissions, (std::array<std::uint8_t, 4>{Permission::all, 0, 0, 0}));
    EXPECT_EQ(launch.pages(), 1u);
}

TEST_F(PspLaunch, gives_the_lower_vmpls_what_the_host_chooses) {
    Launch launch = started();
    EXPECT_TRUE(launch.update(rmp, host_page, {.vmpl1 = Permission::read, .vmpl3 = Permission::all}));
    EXPECT_EQ(rmp.entry(host_page).permissions,
              (std::array<std::uint8_t, 4>{Permission::all, Permission::read, 0, Permission::all}));
}

TEST_F(PspLaunch, of_a_vmsa_gives_an_entry_that_vmrun_takes) {
    const auto entry = started().update_vmsa();
    ASSERT_TRUE(entry);
    EXPECT_TRUE(entry->assigned && entry->validated && entry->vmsa && !entry->in_use);
}

TEST_F(PspLaunch, keeps_the_policy_and_ends_in_a_running_guest) {
    Launch launch = started();
    EXPECT_EQ(launch.policy(), 0x3'0000u);
    EXPECT_EQ(launch.state(), GuestState::Launch);
    EXPECT_TRUE(launch.finish());
    EXPECT_EQ(launch.state(), GuestState::Running);
}

/// Each way to be refused, and why. A value of the enum that no row provokes fails the test.
TEST_F(PspLaunch, is_refused_for_each_reason_and_nothing_has_changed) {
    using State = GuestState;
    struct Row {
        const char* what;
        State state;
        std::expected<void, Refusal> (*command)(Launch&, Rmp&);
        Refusal why;
    };
    static constexpr Row rows[] = {
        {"a second start", State::Launch, [](Launch& l, Rmp&) { return l.start(0); },
         Refusal::InvalidGuestState},
        {"a page before the start", State::Init,
         [](Launch& l, Rmp& rmp) { return l.update(rmp, host_page, none); }, Refusal::InvalidGuestState},
        {"a page after the end", State::Running,
         [](Launch& l, Rmp& rmp) { return l.update(rmp, host_page, none); }, Refusal::InvalidGuestState},
        {"a VMSA after the end", State::Running,
         [](Launch& l, Rmp&) { return l.update_vmsa().transform([](const RmpEntry&) {}); },
         Refusal::InvalidGuestState},
        {"an end without a start", State::Init, [](Launch& l, Rmp&) { return l.finish(); },
         Refusal::InvalidGuestState},
        {"a second end", State::Running, [](Launch& l, Rmp&) { return l.finish(); },
         Refusal::InvalidGuestState},
        {"half a page", State::Launch,
         [](Launch& l, Rmp& rmp) { return l.update(rmp, host_page + 0x800, none); }, Refusal::InvalidAddress},
        {"no memory", State::Launch, [](Launch& l, Rmp& rmp) { return l.update(rmp, outside, none); },
         Refusal::InvalidAddress},
        {"a page twice", State::Launch, [](Launch& l, Rmp& rmp) { return l.update(rmp, valid_page, none); },
         Refusal::InvalidPageState},
        {"a page that the host gave to the guest", State::Launch,
         [](Launch& l, Rmp& rmp) { return l.update(rmp, unvalidated_page, none); },
         Refusal::InvalidPageState},
    };
    Reached<Refusal, std::string (*)(Refusal)> table{name_of};
    for (const Row& row : rows) {
        EXPECT_FALSE(describe(row.why).empty());
        Launch launch;
        if (row.state != State::Init) EXPECT_TRUE(launch.start(0));
        if (row.state == State::Running) EXPECT_TRUE(launch.finish());
        table.row(row.what, row.command(launch, rmp), row.why);
        EXPECT_EQ(launch.state(), row.state) << row.what;
        EXPECT_EQ(launch.pages(), 0u) << row.what;
    }
    expect_unchanged();
    table.expect_all();
}

}  // namespace
}  // namespace model::psp
