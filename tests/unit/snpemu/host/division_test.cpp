// SPDX-License-Identifier: MIT
// How the computer's memory is divided.
#include "snpemu/host/division.hpp"

#include <gtest/gtest.h>

namespace snpemu {
namespace {

constexpr std::uint64_t mib = 1 << 20;
constexpr GpaRange window{Gpa{0xffc8'4000}, Gpa{four_gib}};
constexpr DivisionAsk plain{.memory_bytes = 512 * mib, .top = 600 * mib, .reserve = 40 * mib};

DivisionAsk with_firmware() {
    DivisionAsk ask = plain;
    ask.firmware = window;
    return ask;
}
const Stretch* find(const Division& division, std::uint64_t gpa) {
    for (const Stretch& each : division.stretches)
        if (each.range.contains(Gpa{gpa})) return &each;
    return nullptr;
}

TEST(Division, WithoutFirmwareAllIsOneToOneAndTheMachinesPlaceIsAHole) {
    const auto division = divide_memory(plain);
    ASSERT_TRUE(division);
    for (const Stretch& each : division->stretches)
        EXPECT_TRUE(each.is_one_to_one() && each.is_dma && each.is_told);
    EXPECT_EQ(find(*division, 3 * mib), nullptr);
    EXPECT_EQ(find(*division, window.begin.value()), nullptr);
    EXPECT_EQ(division->heap, Spa{512 * mib});
    EXPECT_EQ(division->low_end, 512 * mib);
}

TEST(Division, FirmwareHasAWindowThatNoMapNamesAndNoDeviceReaches) {
    const auto division = divide_memory(with_firmware());
    ASSERT_TRUE(division);
    const Stretch* const found = find(*division, window.end.value() - 1);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->range, window);
    EXPECT_FALSE(found->is_dma);
    EXPECT_FALSE(found->is_told);
}

TEST(Division, FirmwareHasRamInThePlaceOfTheMachine) {
    const auto division = divide_memory(with_firmware());
    ASSERT_TRUE(division);
    const Stretch* const found = find(*division, 2 * mib);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->range, (GpaRange{Gpa{2 * mib}, Gpa{4 * mib}}));
    EXPECT_TRUE(found->is_dma && found->is_told);
    EXPECT_FALSE(found->is_one_to_one());
}

TEST(Division, BorrowedPagesAreNoOtherStretchsAndNotTheHeaps) {
    auto ask = with_firmware();
    ask.top = 700 * mib;
    ask.far = {Gpa{512ull << 30}, Gpa{(512ull << 30) + 64 * mib}};
    const auto division = divide_memory(ask);
    ASSERT_TRUE(division);
    const auto system = [](const Stretch& s) { return SpaRange{s.system, s.system + s.range.size()}; };
    for (const Stretch& a : division->stretches) {
        EXPECT_LE(system(a).end, division->heap);
        EXPECT_EQ(a.range.begin.value() % large_page_bytes, a.system.value() % large_page_bytes);
        for (const Stretch& b : division->stretches) EXPECT_TRUE(&a == &b || !system(a).overlaps(system(b)));
    }
    EXPECT_EQ(system_end(*division), division->heap);
}

TEST(Division, WhatDoesNotFitGoesTo4GiBOrIsTooMuch) {
    auto ask = plain;
    ask.memory_bytes = 700 * mib;
    EXPECT_FALSE(divide_memory(ask));
    ask.high_ram_bytes = 200 * mib;
    const auto division = divide_memory(ask);
    ASSERT_TRUE(division);
    EXPECT_EQ(division->low_end, 560 * mib);
    EXPECT_EQ(find(*division, four_gib)->range.size(), 140 * mib);
    EXPECT_EQ(divide_memory({.memory_bytes = mib, .top = 40 * mib, .reserve = 40 * mib}).error(), 40 * mib);
}

TEST(Division, LowRamOfFirmwareEndsWithAnSvsmNearItsEnd) {
    auto ask = with_firmware();
    ask.high_ram_bytes = 300 * mib;
    const auto low_end_with_svsm_at = [&](std::uint64_t end) {
        ask.svsm = {Gpa{end - 8 * mib}, Gpa{end}};
        return divide_memory(ask)->low_end;
    };
    EXPECT_EQ(low_end_with_svsm_at(400 * mib), 400 * mib);
    EXPECT_EQ(find(*divide_memory(ask), four_gib)->range.size(), 112 * mib) << "nothing is lost";
    EXPECT_EQ(low_end_with_svsm_at(512 * mib), 512 * mib);
    EXPECT_EQ(low_end_with_svsm_at(399 * mib), 400 * mib) << "whole large pages";
    EXPECT_EQ(low_end_with_svsm_at(256 * mib), 256 * mib);
    EXPECT_EQ(low_end_with_svsm_at(254 * mib), 512 * mib) << "a hole that the image wants";
    EXPECT_EQ(low_end_with_svsm_at(600 * mib), 512 * mib) << "no RAM of the guest: the launch says so";
    ask.high_ram_bytes = 111 * mib;
    EXPECT_EQ(low_end_with_svsm_at(400 * mib), 512 * mib) << "no room at 4 GiB";
    ask.high_ram_bytes = 300 * mib;
    ask.firmware = {};
    EXPECT_EQ(low_end_with_svsm_at(400 * mib), 512 * mib) << "other guests know the region";
}

TEST(Division, AWindowLiesBelow4GiBAndConsistsOfPages) {
    EXPECT_TRUE(is_firmware_window(window));
    EXPECT_FALSE(is_firmware_window({}));
    EXPECT_FALSE(is_firmware_window({Gpa{0x100'0000}, Gpa{0x140'0000}})) << "RAM";
    EXPECT_FALSE(is_firmware_window({Gpa{0xffc0'0000}, Gpa{four_gib + 4096}}));
    EXPECT_FALSE(is_firmware_window({Gpa{0xffc0'0800}, Gpa{four_gib}}));
}

}  // namespace
}  // namespace snpemu
