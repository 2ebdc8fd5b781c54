// SPDX-License-Identifier: MIT
// The table of adversaries is complete: each name has rows, each moment a place in the machine that asks, and
// each row a run of the whole machine that uses it.
#include "model/host/adversaries.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace model::host {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}
std::string sources_of(const fs::path& folder) {
    std::string all;
    for (const auto& entry : fs::recursive_directory_iterator{folder})
        if (const auto kind = entry.path().extension(); kind == ".cpp" || kind == ".hpp")
            all += text_of(entry.path());
    return all;
}

const char* name_of(Moment moment) {
    switch (moment) {
        case Moment::SetsUpVcpu: return "SetsUpVcpu";
        case Moment::StartsLaunch: return "StartsLaunch";
        case Moment::FinishesLaunch: return "FinishesLaunch";
        case Moment::AsksMessage: return "AsksMessage";
        case Moment::AsksCertificates: return "AsksCertificates";
        case Moment::LoadsPage: return "LoadsPage";
        case Moment::LoadsVmsa: return "LoadsVmsa";
        case Moment::FillsSecrets: return "FillsSecrets";
        case Moment::FillsCpuid: return "FillsCpuid";
        case Moment::DescribesMemory: return "DescribesMemory";
        case Moment::Validates: return "Validates";
        case Moment::Validated: return "Validated";
        case Moment::Rescinds: return "Rescinds";
        case Moment::Rescinded: return "Rescinded";
        case Moment::MakesVmsa: return "MakesVmsa";
        case Moment::MadeVmsa: return "MadeVmsa";
        case Moment::Adjusts: return "Adjusts";
        case Moment::Adjusted: return "Adjusted";
        case Moment::Touches: return "Touches";
        case Moment::SeesAccess: return "SeesAccess";
        case Moment::ResumesVmpl0: return "ResumesVmpl0";
        case Moment::AsksSevInfo: return "AsksSevInfo";
        case Moment::AsksCpuid: return "AsksCpuid";
        case Moment::RegistersGhcb: return "RegistersGhcb";
        case Moment::AsksPageState: return "AsksPageState";
        case Moment::AsksFeatures: return "AsksFeatures";
        case Moment::AsksAccomplice: return "AsksAccomplice";
        case Moment::AsksPort: return "AsksPort";
        case Moment::AsksPageList: return "AsksPageList";
        case Moment::AsksApicIds: return "AsksApicIds";
        case Moment::GivesPage: return "GivesPage";
        case Moment::TakesPage: return "TakesPage";
        case Moment::ProtectsPage: return "ProtectsPage";
        case Moment::RunsVmpl: return "RunsVmpl";
        case Moment::AsksAp: return "AsksAp";
        case Moment::InstallsAp: return "InstallsAp";
        case Moment::PostponesAp: return "PostponesAp";
    }
    return "";
}

const char* name_of(Act x) {
    switch (x) {
        case Act::Refuse: return "Refuse";
        case Act::Claim: return "Claim";
        case Act::Omit: return "Omit";
        case Act::Delay: return "Delay";
        case Act::Set: return "Set";
        case Act::SetBits: return "SetBits";
        case Act::ClearBits: return "ClearBits";
        case Act::FlipBits: return "FlipBits";
        case Act::Add: return "Add";
        case Act::Copy: return "Copy";
        case Act::Raise: return "Raise";
        case Act::Interrupt: return "Interrupt";
        case Act::Convert: return "Convert";
        case Act::Allow: return "Allow";
        case Act::Rebind: return "Rebind";
        case Act::StealStack: return "StealStack";
        case Act::LandLines: return "LandLines";
        case Act::Obey: return "Obey";
        case Act::ShowFirst: return "ShowFirst";
        case Act::ShowSecond: return "ShowSecond";
        case Act::Fault: return "Fault";
    }
    return "";
}

const char* name_of(Field x) {
    switch (x) {
        case Field::None: return "None";
        case Field::Rights: return "Rights";
        case Field::Vmpl: return "Vmpl";
        case Field::Version: return "Version";
        case Field::Count: return "Count";
        case Field::CBit: return "CBit";
        case Field::End: return "End";
        case Field::Invlpgb: return "Invlpgb";
        case Field::Features: return "Features";
        case Field::Reply: return "Reply";
        case Field::First: return "First";
        case Field::Last: return "Last";
        case Field::Contents: return "Contents";
        case Field::Policy: return "Policy";
        case Field::SvsmPage: return "SvsmPage";
        case Field::SparePage: return "SparePage";
        case Field::InvalidOpcode: return "InvalidOpcode";
        case Field::PageFault: return "PageFault";
        case Field::Vc: return "Vc";
        case Field::Nmi: return "Nmi";
        case Field::Hv: return "Hv";
    }
    return "";
}

TEST(Adversaries, each_name_stands_once_and_has_its_rows) {
    const std::set<std::string_view> names{adversary_names.begin(), adversary_names.end()};
    EXPECT_EQ(names.size(), adversary_names.size()) << "rows of one name do not stand together";
    EXPECT_EQ(adversary_names.size(), 65u);
    for (const auto name : adversary_names) {
        Hooks hooks;
        EXPECT_TRUE(add_adversary(hooks, name)) << name;
        EXPECT_FALSE(hooks.empty()) << name;
        EXPECT_TRUE(is_adversary(name)) << name;
    }
    Hooks hooks;
    EXPECT_FALSE(add_adversary(hooks, "nice"));
    EXPECT_FALSE(add_adversary(hooks, ""));
    EXPECT_FALSE(is_adversary("nice"));
}

TEST(Adversaries, rows_that_find_no_room_are_no_adversary) {
    Hooks hooks;
    for (std::size_t i = 0; i < Hooks::max_rows - 1; ++i)
        ASSERT_TRUE(hooks.add({"x", {.moment = Moment::SetsUpVcpu}, {Act::Raise}}));
    EXPECT_FALSE(add_adversary(hooks, "not-vmpl0")) << "it has two rows";
}

// The instructions' moments are asked by `before` and `after` of one function, which takes the moment.
TEST(Adversaries, the_machine_asks_at_each_moment) {
    const std::string sources = sources_of(ADYTON_TREE "/snpemu");
    for (unsigned i = 0; i < moment_count; ++i) {
        const auto moment = static_cast<Moment>(i);
        ASSERT_STRNE(name_of(moment), "");
        bool asks = sources.contains(std::string{"Moment::"} + name_of(moment));
        for (const auto before : {Moment::Validates, Moment::Rescinds, Moment::MakesVmsa, Moment::Adjusts})
            if (after(before) == moment) asks = sources.contains("after(");
        EXPECT_TRUE(asks) << "nothing in the machine asks at " << name_of(moment);
    }
}

/// Then the machine knows the field alone: `Due::applied_to` knows the act.
bool changes_a_field(Act act) {
    Due due;
    due.add({act, Field::Count, 1});
    return due.applied_to(Field::Count, 1) != 1 || due.applied_to(Field::Count, 2) != 2;
}

TEST(Adversaries, no_row_lies_in_a_way_that_the_machine_does_not_know) {
    const std::string sources = sources_of(ADYTON_TREE "/snpemu");
    for (const Row& row : adversary::rows) {
        EXPECT_TRUE(changes_a_field(row.lie.act) ||
                    sources.contains(std::string{"Act::"} + name_of(row.lie.act)))
            << row.name;
        if (row.lie.field == Field::None) continue;
        EXPECT_TRUE(sources.contains(std::string{"Field::"} + name_of(row.lie.field))) << row.name;
    }
}

TEST(Adversaries, each_name_has_a_run_of_the_whole_machine) {
    std::string runs;
    for (const char* folder : {"/tests/system", "/tests/machine/rules"})
        for (const auto& entry : fs::recursive_directory_iterator{std::string{ADYTON_TREE} + folder})
            if (const auto kind = entry.path().extension(); kind == ".txt" || kind == ".sh" || kind == ".cpp")
                runs += text_of(entry.path());
    ASSERT_FALSE(runs.empty());
    for (const auto name : adversary_names) {
        const std::string option = "--adversary " + std::string{name};
        const auto at =
            runs.contains(option + " ") || runs.contains(option + "\n") || runs.contains(option + "\"");
        EXPECT_TRUE(at) << "no run of tests/system and no rule uses " << name;
    }
}

}  // namespace
}  // namespace model::host
