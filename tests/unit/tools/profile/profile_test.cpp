// SPDX-License-Identifier: MIT
// From counted call stacks to functions, table and flame graph.
#include <gtest/gtest.h>

#include "tools/elf/symbolizer.hpp"
#include "tools/profile/source_names.hpp"
#include "tools/profile/tree.hpp"

namespace tools::profile {
namespace {

/// main calls work from address 11; work has `inner` inlined at 21, and zeroes at 22.
count::Result counted() {
    count::Result result;
    result.nodes = {{}, {}, {1, 10, 0, 0, 0}, {2, 20, 11, 0, 0}, {0, 10, 0, 0, 0}};
    result.counts = {{2, 11, 5}, {3, 20, 7}, {3, 21, 30}, {3, 22, 64}, {4, 10, 1000}};
    return result;
}
const std::vector<std::string>& names_at(std::uint64_t address) {
    static const std::vector<std::string> main{"main"}, work{"work"}, inner{"work", "inner"};
    return address < 20 ? main : address == 21 ? inner : work;
}
Frame tree() {
    return make_tree(counted(), count::call_root, names_at, [](std::uint64_t at) { return at == 22; });
}

TEST(ProfileTree, HoldsOnlyItsRoot) {
    EXPECT_EQ(tree().total, 5u + 7 + 30 + 64);
    const Frame boot = make_tree(counted(), count::boot_root, names_at, [](std::uint64_t) { return false; });
    EXPECT_EQ(boot.total, 1000u);
}

TEST(ProfileTree, InlinedFunctionsAreFrames) {
    const Frame root = tree();
    const Frame& main = root.children.at("main");
    EXPECT_EQ(main.self, 5u);
    const Frame& work = main.children.at("work");
    EXPECT_EQ(work.self, 7u);
    EXPECT_EQ(work.total, 101u);
    EXPECT_EQ(work.children.at("inner").self, 30u);
    EXPECT_EQ(work.children.at(zeroing_name).self, 64u);
}

TEST(ProfileFunctions, AreSortedByWhatTheyDoThemselves) {
    const auto list = by_function(tree());
    ASSERT_EQ(list.size(), 4u);
    EXPECT_EQ(list[0].name, zeroing_name);
    EXPECT_EQ(list[1].name, "inner");
    EXPECT_EQ(list.back().name, "main");
    EXPECT_EQ(list.back().total, 106u);
}

TEST(ProfileFunctions, RecursionIsCountedOnce) {
    Frame outer{.name = "f", .self = 1, .total = 3};
    outer.children["f"] = {.name = "f", .self = 2, .total = 2};
    Frame root{.name = "calls", .total = 3};
    root.children["f"] = outer;
    const auto list = by_function(root);
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0].self, 3u);
    EXPECT_EQ(list[0].total, 3u);
}

TEST(ProfileTable, TellsZeroingApart) {
    const std::string text = table(tree(), 2);
    EXPECT_NE(text.find("42 instructions and 64 steps of REP STOS in 2 entries"), std::string::npos) << text;
}

TEST(ProfilePicture, EscapesNames) {
    Frame root{.name = "calls", .total = 1};
    root.children["operator<"] = {.name = "operator<", .self = 1, .total = 1};
    const std::string svg = flame_graph(root, "a & b");
    EXPECT_NE(svg.find("operator&lt;"), std::string::npos);
    EXPECT_NE(svg.find("a &amp; b"), std::string::npos);
}

TEST(ProfileNames, AreReadFromTheSymbolizer) {
    const auto blocks = parse_symbolizer("inner\nfile:1:2\nouter\nfile:3:4\n\n??\n??:0:0\n\n");
    ASSERT_EQ(blocks.size(), 2u);
    EXPECT_EQ(blocks[0], (std::vector<std::string>{"outer", "inner"}));
    EXPECT_EQ(blocks[1], (std::vector<std::string>{"??"}));
}

TEST(ProfileNames, LoseParametersAndTemplateArguments) {
    EXPECT_EQ(elf::without_parameters("_ZN4svsm7refreshERNS_5GuestE"), "svsm::refresh");
    EXPECT_EQ(elf::without_parameters("_ZN4svsm12_GLOBAL__N_18ap_entryERNS_3cpu3CpuE"), "svsm::ap_entry");
    EXPECT_EQ(elf::without_parameters("_ZNSt3__15arrayImLm4EEixEm"), "std::__1::array::operator[]");
    EXPECT_EQ(elf::without_parameters("_Z3maxIiET_S0_S0_"), "max");
    EXPECT_EQ(elf::without_parameters("svsm_main"), "svsm_main");
}

}  // namespace
}  // namespace tools::profile
