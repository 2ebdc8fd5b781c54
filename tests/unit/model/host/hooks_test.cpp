// SPDX-License-Identifier: MIT
// When a row of an adversary is due.
#include "model/host/hooks.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace model::host {
namespace {

using abi::Vmpl;

constexpr Lie lie{Act::Refuse, Field::None, 0};
constexpr Occurrence registers{
    .moment = Moment::RegistersGhcb, .vcpu = 1, .vmpl = Vmpl::Vmpl1, .address = 0x5000};

/// How often the row is due when the same thing happens `times` times.
unsigned dues(const When& when, const Occurrence& at, unsigned times = 1) {
    Hooks hooks;
    hooks.svsm_memory = {Gpa{0x40'0000}, Gpa{0x60'0000}};
    hooks.set_pair(Gpa{0x7000});
    EXPECT_TRUE(hooks.add({"x", when, lie}));
    unsigned count = 0;
    for (unsigned i = 0; i < times; ++i) count += hooks.due(at).has(Act::Refuse);
    return count;
}
unsigned dues_about(Subject subject, std::uint64_t address, std::uint64_t bytes = 1) {
    return dues({.moment = Moment::GivesPage, .subject = subject},
                {.moment = Moment::GivesPage, .address = address, .bytes = bytes});
}

TEST(Hooks, an_honest_machine_has_none) {
    Hooks hooks;
    EXPECT_TRUE(hooks.empty());
    for (unsigned moment = 0; moment < moment_count; ++moment)
        EXPECT_TRUE(hooks.due({.moment = static_cast<Moment>(moment)}).empty());
}

TEST(Hooks, a_row_waits_for_its_moment) {
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb}, registers), 1u);
    EXPECT_EQ(dues({.moment = Moment::AsksFeatures}, registers), 0u);
}

TEST(Hooks, a_row_waits_for_its_levels) {
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb, .levels = Levels::guests}, registers), 1u);
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb, .levels = Levels::vmpl0}, registers), 0u);
    Occurrence at_vmpl3 = registers;
    at_vmpl3.vmpl = Vmpl::Vmpl3;
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb, .levels = 0b1000}, at_vmpl3), 1u);
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb, .levels = 0b0111}, at_vmpl3), 0u);
}

TEST(Hooks, a_row_waits_for_its_vcpu) {
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb, .vcpu = 1}, registers), 1u);
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb, .vcpu = 0}, registers), 0u);
}

TEST(Hooks, a_row_waits_for_its_address) {
    constexpr Subject svsm{Subject::Kind::Svsm}, guest{Subject::Kind::Guest}, pair{Subject::Kind::Pair},
        between{Subject::Kind::Between, 0x5000, 0x5fff};
    EXPECT_EQ(dues_about({}, ~0ull), 1u);
    EXPECT_EQ(dues_about(svsm, 0x40'0000), 1u);
    EXPECT_EQ(dues_about(svsm, 0x60'0000), 0u);
    EXPECT_EQ(dues_about(guest, 0x60'0000), 1u);
    EXPECT_EQ(dues_about(guest, 0x5f'ffff), 0u);
    EXPECT_EQ(dues_about(pair, 0x7fff), 1u);
    EXPECT_EQ(dues_about(pair, 0x8000), 0u);
    EXPECT_EQ(dues_about(between, 0x5000), 1u);
    EXPECT_EQ(dues_about(between, 0x6000), 0u);
    // A large page reaches into a region that begins behind its first byte.
    EXPECT_EQ(dues_about(svsm, 0x3f'f000, large_page_bytes), 1u);
    EXPECT_EQ(dues_about(guest, 0x3f'f000, large_page_bytes), 0u);
}

TEST(Hooks, without_a_pair_no_address_is_one) {
    Hooks hooks;
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::Touches, .subject = {Subject::Kind::Pair}}, lie}));
    EXPECT_FALSE(hooks.has_pair());
    EXPECT_TRUE(hooks.due({.moment = Moment::Touches, .address = 0}).empty());
    hooks.set_pair(Gpa{0});
    EXPECT_FALSE(hooks.due({.moment = Moment::Touches, .address = 0xfff}).empty());
    hooks.end_pair();
    EXPECT_TRUE(hooks.due({.moment = Moment::Touches, .address = 0xfff}).empty());
}

TEST(Hooks, a_row_waits_for_its_time) {
    constexpr When third{.moment = Moment::RegistersGhcb, .from = 3};
    EXPECT_EQ(dues(third, registers, 2), 0u);
    EXPECT_EQ(dues(third, registers, 3), 1u);
    EXPECT_EQ(dues(third, registers, 5), 3u) << "and every one from then on";
    EXPECT_EQ(dues({.moment = Moment::RegistersGhcb, .from = 2, .to = 2}, registers, 5), 1u);
}

TEST(Hooks, what_the_rest_of_the_row_does_not_match_is_not_counted) {
    Hooks hooks;
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::RegistersGhcb, .vcpu = 1, .from = 2}, lie}));
    Occurrence other = registers;
    other.vcpu = 0;
    EXPECT_TRUE(hooks.due(registers).empty());
    EXPECT_TRUE(hooks.due(other).empty());
    EXPECT_TRUE(hooks.due(other).empty());
    EXPECT_FALSE(hooks.due(registers).empty());
}

TEST(Hooks, each_row_counts_for_itself) {
    Hooks hooks;
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::RegistersGhcb, .to = 1}, lie}));
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::RegistersGhcb, .from = 2}, {Act::Claim}}));
    EXPECT_TRUE(hooks.due(registers).has(Act::Refuse));
    const Due second = hooks.due(registers);
    EXPECT_FALSE(second.has(Act::Refuse));
    EXPECT_TRUE(second.has(Act::Claim));
}

TEST(Hooks, all_lies_of_a_moment_come_in_the_order_of_their_rows) {
    Hooks hooks;
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::AsksFeatures}, {Act::Set, Field::Features, 1}}));
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::AsksFeatures}, {Act::Set, Field::Reply, 2}}));
    const Due due = hooks.due({.moment = Moment::AsksFeatures});
    ASSERT_EQ(due.end() - due.begin(), 2);
    EXPECT_EQ(due.begin()->value, 1u);
    EXPECT_EQ(due.find(Act::Set)->field, Field::Features);
    EXPECT_EQ(due.find(Act::Raise), nullptr);
}

TEST(Hooks, a_field_is_what_all_lies_about_it_make_of_it) {
    const auto told = [](std::initializer_list<Lie> lies, std::uint64_t truth) {
        Due due;
        for (const Lie& each : lies) due.add(each);
        return due.applied_to(Field::Features, truth);
    };
    EXPECT_EQ(told({}, 5), 5u);
    EXPECT_EQ(told({{Act::Set, Field::Features, 1}}, 5), 1u);
    EXPECT_EQ(told({{Act::SetBits, Field::Features, 2}}, 5), 7u);
    EXPECT_EQ(told({{Act::ClearBits, Field::Features, 4}}, 5), 1u);
    EXPECT_EQ(told({{Act::FlipBits, Field::Features, 6}}, 5), 3u);
    EXPECT_EQ(told({{Act::Add, Field::Features, 1}}, 5), 6u);
    EXPECT_EQ(told({{Act::SetBits, Field::Features, 2}, {Act::ClearBits, Field::Features, 1}}, 5), 6u);
    EXPECT_EQ(told({{Act::Set, Field::Reply, 1}}, 5), 5u) << "a lie about something else";
    EXPECT_EQ(told({{Act::Refuse, Field::Features, 1}}, 5), 5u) << "no lie about a number";
}

TEST(Hooks, what_has_succeeded_once_is_retired) {
    Hooks hooks;
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::GivesPage}, {Act::Rebind}}));
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::TakesPage}, {Act::Rebind}}));
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::TakesPage}, {Act::Refuse}}));
    EXPECT_TRUE(hooks.due({.moment = Moment::GivesPage}).has(Act::Rebind));
    hooks.retire(Act::Rebind);
    EXPECT_TRUE(hooks.due({.moment = Moment::GivesPage}).empty());
    EXPECT_FALSE(hooks.due({.moment = Moment::TakesPage}).has(Act::Rebind));
    EXPECT_TRUE(hooks.due({.moment = Moment::TakesPage}).has(Act::Refuse));
}

TEST(Hooks, the_table_of_a_machine_has_an_end) {
    Hooks hooks;
    for (std::size_t i = 0; i < Hooks::max_rows; ++i)
        ASSERT_TRUE(hooks.add({"x", {.moment = Moment::Touches}, {Act::Fault}}));
    EXPECT_FALSE(hooks.add({"x", {.moment = Moment::SetsUpVcpu}, {Act::Raise}}));
    EXPECT_TRUE(hooks.due({.moment = Moment::SetsUpVcpu}).empty()) << "the row that found no room";
    const Due due = hooks.due({.moment = Moment::Touches});
    EXPECT_EQ(static_cast<std::size_t>(due.end() - due.begin()), Due::most);
}

TEST(Hooks, cpus_that_meet_a_row_together_are_counted_each) {
    Hooks hooks;
    ASSERT_TRUE(hooks.add({"x", {.moment = Moment::RegistersGhcb, .from = 1001, .to = 1001}, lie}));
    std::atomic<unsigned> seen = 0;
    std::vector<std::thread> cpus;
    for (unsigned cpu = 0; cpu < 4; ++cpu)
        cpus.emplace_back([&] {
            for (unsigned i = 0; i < 500; ++i) seen += hooks.due(registers).has(Act::Refuse);
        });
    for (auto& cpu : cpus) cpu.join();
    EXPECT_EQ(seen, 1u);
}

}  // namespace
}  // namespace model::host
