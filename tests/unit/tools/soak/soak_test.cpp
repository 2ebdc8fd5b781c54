// SPDX-License-Identifier: MIT
// What a soak consists of, and what is made of its results.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "tools/soak/plan.hpp"
#include "tools/soak/table.hpp"

namespace tools::soak {
namespace {

std::string refusal(const Request& request) {
    const auto plan = make_plan(request);
    return plan ? "" : plan.error().sentence;
}

TEST(SoakPlan, nothing_typed_is_twenty_boots_of_linux) {
    const auto plan = make_plan({});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->runs, 20u);
    ASSERT_EQ(plan->cells.size(), 1u);
    EXPECT_EQ(plan->cells[0].mode, Mode::Auto);
    EXPECT_EQ(plan->cells[0].qemu, "qemu-system-x86_64");
    EXPECT_EQ(plan->cells[0].options.cpus, 4u);
    EXPECT_TRUE(plan->cells[0].options.is_linux());
    EXPECT_TRUE(plan->cells[0].options.quiet);
}

TEST(SoakPlan, every_qemu_runs_in_every_mode_with_every_number_of_cpus) {
    const auto plan = make_plan({.guest = "demo",
                                 .runs = "3",
                                 .qemu = "./a,debian:trixie",
                                 .mode = "single,deterministic",
                                 .cpus = "1,4"});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->cells.size(), 8u);
    EXPECT_EQ(std::ranges::count(plan->cells, Mode::Deterministic, &Cell::mode), 4);
    EXPECT_EQ(std::ranges::count(plan->cells, "debian:trixie", &Cell::qemu), 4);
    for (const Cell& cell : plan->cells)
        EXPECT_EQ(cell.options.deterministic, cell.mode == Mode::Deterministic);
}

TEST(SoakPlan, lists_are_checked) {
    for (const char* list : {",", "1,", ",1", "1,,2", "1,1"})
        EXPECT_NE(refusal({.cpus = list}).find("names something twice"), std::string::npos) << list;
    EXPECT_NE(refusal({.cpus = "1,255"}).find("choose 1 to 254"), std::string::npos);
    EXPECT_NE(refusal({.mode = "parallel"}).find("no mode 'parallel'"), std::string::npos);
    EXPECT_NE(refusal({.runs = "0"}).find("--runs 0 is not possible"), std::string::npos);
    EXPECT_NE(refusal({.guest = "demo", .append = "quiet"}).find("adyton run linux"), std::string::npos);
}

TEST(SoakTable, the_middle_of_the_values) {
    EXPECT_FALSE(median({}));
    EXPECT_EQ(median({3}), 3.0);
    EXPECT_EQ(median({9, 1, 2}), 2.0);
    EXPECT_EQ(median({4, 1, 2, 9}), 3.0);
}

TEST(SoakTable, has_a_line_for_each_cell_and_each_failure) {
    const std::string text =
        table({{"7.2.22", "multi", 4, 20, {}, {9.0, 10.0}, {14.04}},
               {"of unknown version", "deterministic", 16, 100'000, {{7, "a timeout", "f/x.log"}}}});
    EXPECT_NE(text.find("7.2.22      multi             4     20       0          9.5 s       14.0 s\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("deterministic    16 100000       1              -            -\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("run 7 of QEMU of unknown version, deterministic, CPUs 16: a timeout\n    f/x.log\n"),
              std::string::npos)
        << text;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
}

}  // namespace
}  // namespace tools::soak
