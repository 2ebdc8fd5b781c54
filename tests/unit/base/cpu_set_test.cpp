// SPDX-License-Identifier: MIT
// CPUs that enter a set, and those that are taken out of it.
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/cpu_set.hpp"

namespace {

template <std::size_t limit>
std::vector<std::size_t> take(CpuSet<limit>& set) {
    std::vector<std::size_t> taken;
    set.take_each([&](std::size_t cpu) { taken.push_back(cpu); });
    return taken;
}

TEST(CpuSet, BeginsEmpty) {
    CpuSet<254> set;
    EXPECT_TRUE(set.is_empty());
    EXPECT_TRUE(take(set).empty());
}

TEST(CpuSet, GivesBackWhatWasAddedOnceAndInOrder) {
    CpuSet<254> set;
    for (const std::size_t cpu : {253u, 0u, 64u, 63u, 127u, 128u, 64u}) set.add(cpu);
    EXPECT_FALSE(set.is_empty());
    EXPECT_EQ(take(set), (std::vector<std::size_t>{0, 63, 64, 127, 128, 253}));
    EXPECT_TRUE(set.is_empty());
    EXPECT_TRUE(take(set).empty());
}

TEST(CpuSet, EveryNumberIsAloneInIt) {
    CpuSet<130> set;
    for (std::size_t cpu = 0; cpu < 130; ++cpu) {
        set.add(cpu);
        EXPECT_FALSE(set.is_empty()) << cpu;
        EXPECT_EQ(take(set), std::vector<std::size_t>{cpu});
    }
}

TEST(CpuSet, IsNoLargerThanItsWords) {
    static_assert(sizeof(CpuSet<1>) == 8 && sizeof(CpuSet<64>) == 8);
    static_assert(sizeof(CpuSet<65>) == 16 && sizeof(CpuSet<254>) == 32);
}

TEST(CpuSetDeathTest, ANumberThatIsTooLargeEndsTheProgram) {
    CpuSet<65> set;
    set.add(64);
    EXPECT_DEATH(set.add(65), "");  // its bit would fit into the last word
}

TEST(CpuSet, WhatIsAddedWhileItIsEmptiedStays) {
    CpuSet<128> set;
    set.add(70);
    std::vector<std::size_t> taken;
    set.take_each([&](std::size_t cpu) {
        taken.push_back(cpu);
        set.add(3);  // whose word has been passed
    });
    EXPECT_EQ(taken, std::vector<std::size_t>{70});
    EXPECT_EQ(take(set), std::vector<std::size_t>{3});
}

TEST(CpuSet, ThreadsThatAddAtOnceLoseNothing) {
    CpuSet<128> set;
    std::vector<std::thread> threads;
    for (std::size_t first = 0; first < 4; ++first)
        threads.emplace_back([&set, first] {
            for (std::size_t cpu = first; cpu < 128; cpu += 4) set.add(cpu);
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(take(set).size(), 128u);
}

}  // namespace
