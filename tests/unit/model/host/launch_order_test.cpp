// SPDX-License-Identifier: MIT
// What must come before what in an image, and what a later directive undoes.
#include "model/host/launch_order.hpp"

#include <gtest/gtest.h>

#include <set>

#include "abi/x86/registers.hpp"
#include "tests/unit/reached.hpp"

namespace model::host {
namespace {

using abi::igvm::PageDataType;

/// The sentence of a reason; empty for numbers that are none.
std::string name_of(BadImage reason) {
    const auto text = describe(reason);
    return text == "unknown" ? "" : std::string{text};
}

constexpr LoadedPage normal(std::uint64_t page) { return {Gpa{page}, PageDataType::Normal, false, true}; }

TEST(LaunchOrder, each_reason_has_an_image_that_meets_it) {
    Reached<BadImage, std::string (*)(BadImage)> table{name_of};
    constexpr auto none = std::nullopt;
    LaunchOrder order;
    table.row("no room for a CPU", LaunchOrder::check_cpu_list(false), BadImage::CpuListTooLong);
    table.row("room for all CPUs", LaunchOrder::check_cpu_list(true), none);
    table.row("no vCPU", order.check_end(), BadImage::NoBootVcpu);
    order.note_boot_vcpu();
    table.row("a vCPU", order.check_end(), none);
    Discards discards;
    for (std::uint64_t i = 0; i < 16; ++i) table.row("room", discards.add(i, {}, order), none);
    table.row("too many regions", discards.add(16, {}, order), BadImage::ManyRegions);
    table.expect_all();
}

TEST(Discards, name_the_pages_before_a_directive_that_the_loader_does_not_hold_back) {
    const GpaRange region{Gpa{0x4000}, Gpa{0x8000}};
    LaunchOrder before;
    before.note_page(normal(0x5000));
    before.note_page(normal(0x7000));  // begins another run
    Discards discards;
    EXPECT_TRUE(discards.add(5, region, before));
    EXPECT_TRUE(discards.lose(Gpa{0x5000}, 3));
    EXPECT_FALSE(discards.lose(Gpa{0x7000}, 4)) << "held back";
    EXPECT_FALSE(discards.lose(Gpa{0x5000}, 6)) << "loaded behind the directive";
    EXPECT_FALSE(discards.lose(Gpa{0x9000}, 3)) << "not in its range";
    EXPECT_FALSE(Discards{}.lose(Gpa{0x5000}, 0));
}

TEST(LaunchOrder, each_reason_has_a_word_of_its_own) {
    std::set<std::string> words;
    unsigned count = 0;
    for (unsigned i = 0; i < 256; ++i) {
        const auto name = name_of(static_cast<BadImage>(i));
        if (name.empty()) continue;
        ++count;
        EXPECT_EQ(name.find(' '), std::string::npos) << name;
        words.insert(name);
    }
    EXPECT_EQ(words.size(), count);
}

TEST(LaunchOrder, pages_that_the_loader_holds_back_survive_required_memory) {
    LaunchOrder order;
    EXPECT_TRUE(order.loses_contents(Gpa{0x5000}));
    order.note_page(normal(0x5000));
    order.note_page(normal(0x6000));
    EXPECT_FALSE(order.loses_contents(Gpa{0x5000}));
    EXPECT_FALSE(order.loses_contents(Gpa{0x6000}));
    EXPECT_TRUE(order.loses_contents(Gpa{0x7000}));
}

TEST(LaunchOrder, a_page_that_does_not_continue_the_run_begins_another) {
    const LoadedPage others[] = {
        normal(0x8000),
        {Gpa{0x6000}, PageDataType::CpuidData, false, true},
        {Gpa{0x6000}, PageDataType::Normal, true, true},
        {Gpa{0x6000}, PageDataType::Normal, false, false},
    };
    for (const LoadedPage& other : others) {
        LaunchOrder order;
        order.note_page(normal(0x5000));
        order.note_page(other);
        EXPECT_TRUE(order.loses_contents(Gpa{0x5000}));
        EXPECT_FALSE(order.loses_contents(other.page));
    }
}

TEST(LaunchOrder, the_secrets_page_is_the_amd_sps_own) {
    LaunchOrder order;
    order.note_page({Gpa{0x5000}, PageDataType::Secrets, false, false});
    order.note_page(normal(0x9000));
    EXPECT_FALSE(order.loses_contents(Gpa{0x5000}));
}

TEST(LaunchOrder, page_tables_tell_the_c_bit_of_another_machine) {
    abi::Vmsa vmsa{};
    vmsa.cr3 = 1ull << 51 | 0x5000;
    EXPECT_FALSE(page_table_root(vmsa, 47)) << "no paging yet";
    vmsa.cr0 = abi::Cr0::pg;
    EXPECT_EQ(page_table_root(vmsa, 51), Gpa{0x5000});
    const auto root = page_table_root(vmsa, 47);
    ASSERT_TRUE(root);
    EXPECT_EQ(c_bit_in(*root), 51u);
    vmsa.cr3 = 1ull << 47;
    EXPECT_FALSE(page_table_root(vmsa, 47));
}

}  // namespace
}  // namespace model::host
