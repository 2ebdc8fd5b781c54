// SPDX-License-Identifier: MIT
// What an accomplice of its guest does, and when: the attacks that docs/security-model.md names.
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "model/host/adversaries.hpp"

namespace model::host {
namespace {

constexpr std::array moments{Moment::Validates, Moment::Rescinds, Moment::MakesVmsa, Moment::Adjusts,
                             Moment::Touches};
constexpr Gpa page{0x7000};

/// What is done before and after VMPL0 does something to the page that is two.
struct Tricks {
    std::optional<Act> before, after;
    friend bool operator==(const Tricks&, const Tricks&) = default;
};

Tricks tricks_of(std::string_view name, Moment moment) {
    Hooks hooks;
    EXPECT_TRUE(add_adversary(hooks, name)) << name;
    hooks.set_pair(page);
    const auto trick = [&](Moment at) -> std::optional<Act> {
        for (const Lie& lie : hooks.due({.moment = at, .address = page.value()}))
            if (lie.act == Act::ShowFirst || lie.act == Act::ShowSecond || lie.act == Act::Fault)
                return lie.act;
        return std::nullopt;
    };
    return {trick(moment), after(moment) == moment ? std::nullopt : trick(after(moment))};
}

const Lie* obedience(Hooks& hooks, std::string_view name, abi::Vmpl vmpl, Due& due) {
    EXPECT_TRUE(add_adversary(hooks, name)) << name;
    due = hooks.due({.moment = Moment::AsksAccomplice, .vmpl = vmpl});
    return due.find(Act::Obey);
}

TEST(Tricks, only_conspirators_play_any) {
    for (const auto name : adversary_names) {
        bool plays = false;
        for (const auto moment : moments) plays |= tricks_of(name, moment) != Tricks{};
        Hooks hooks;
        Due due;
        EXPECT_EQ(plays, obedience(hooks, name, abi::Vmpl::Vmpl1, due) != nullptr) << name;
        EXPECT_EQ(obedience(hooks, name, abi::Vmpl::Vmpl0, due), nullptr) << name;
    }
}

TEST(Tricks, who_plays_with_the_svsms_own_page) {
    for (const auto& [name, field] : {std::pair{"two-pages", Field::SparePage},
                                      {"swap-while-zeroing", Field::SvsmPage},
                                      {"hides-while-zeroing", Field::SvsmPage},
                                      {"faults-while-zeroing", Field::SvsmPage},
                                      {"faults-while-revoking", Field::SparePage}}) {
        Hooks hooks;
        Due due;
        const Lie* const obeys = obedience(hooks, name, abi::Vmpl::Vmpl1, due);
        ASSERT_NE(obeys, nullptr) << name;
        EXPECT_EQ(obeys->field, field) << name;
    }
}

TEST(Tricks, the_page_that_was_judged_is_not_the_one_that_becomes_a_vmsa) {
    for (const auto moment : moments)
        EXPECT_EQ(tricks_of("two-pages", moment),
                  moment == Moment::MakesVmsa ? Tricks{.before = Act::ShowFirst} : Tricks{});
}

TEST(Tricks, the_page_that_is_validated_is_not_the_one_that_is_zeroed) {
    constexpr Tricks around{.before = Act::ShowSecond, .after = Act::ShowFirst};
    EXPECT_EQ(tricks_of("swap-while-zeroing", Moment::Validates), around);
    EXPECT_EQ(tricks_of("swap-while-zeroing", Moment::Adjusts).before, Act::ShowSecond);
    EXPECT_EQ(tricks_of("hides-while-zeroing", Moment::Validates), around);
    EXPECT_EQ(tricks_of("hides-while-zeroing", Moment::Adjusts), Tricks{});
}

TEST(Tricks, everything_but_the_validation_faults) {
    for (const auto moment : {Moment::Rescinds, Moment::MakesVmsa, Moment::Adjusts, Moment::Touches})
        EXPECT_EQ(tricks_of("faults-while-zeroing", moment).before, Act::Fault);
    EXPECT_EQ(tricks_of("faults-while-zeroing", Moment::Validates), (Tricks{std::nullopt, Act::ShowSecond}));
}

TEST(Tricks, of_a_rescind_only_the_revocation_faults) {
    EXPECT_EQ(tricks_of("faults-while-revoking", Moment::Adjusts).before, Act::Fault);
    EXPECT_EQ(tricks_of("faults-while-revoking", Moment::Rescinds), Tricks{});
}

}  // namespace
}  // namespace model::host
