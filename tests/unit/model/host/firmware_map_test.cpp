// SPDX-License-Identifier: MIT
// The memory that firmware is told.
#include "model/host/firmware_map.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace model::host {
namespace {

constexpr std::array<GpaRange, 2> low{{{Gpa{0}, Gpa{0xa'0000}}, {Gpa{0xc'0000}, Gpa{0x2000'0000}}}};

std::vector<GpaRange> map_of(std::span<const GpaRange> ram, GpaRange svsm) {
    const FirmwareMap map = firmware_map(ram, svsm);
    return {map.begin(), map.end()};
}
using Ranges = std::vector<GpaRange>;

TEST(FirmwareMap, LowRamIsOneRangeFromZeroOn) {
    EXPECT_EQ(map_of(low, {}), (Ranges{{Gpa{0}, Gpa{0x2000'0000}}}));
}
TEST(FirmwareMap, TheSvsmAtItsEndIsNotInIt) {
    EXPECT_EQ(map_of(low, {Gpa{0x1f80'0000}, Gpa{0x2000'0000}}), (Ranges{{Gpa{0}, Gpa{0x1f80'0000}}}));
}
TEST(FirmwareMap, LessThan2MiBBehindTheSvsmAreNotInIt) {
    EXPECT_EQ(map_of(low, {Gpa{0x1fe0'0000}, Gpa{0x1fe8'0000}}), (Ranges{{Gpa{0}, Gpa{0x1fe0'0000}}}));
    EXPECT_EQ(map_of(low, {Gpa{0x1fc0'0000}, Gpa{0x1fe0'0000}}).size(), 2u);
}
TEST(FirmwareMap, TheSvsmInItsMiddleIsAHole) {
    EXPECT_EQ(map_of(low, {Gpa{0x800'0000}, Gpa{0x880'0000}}),
              (Ranges{{Gpa{0}, Gpa{0x800'0000}}, {Gpa{0x880'0000}, Gpa{0x2000'0000}}}));
}
TEST(FirmwareMap, RamAbove4GiBIsARangeOfItsOwn) {
    constexpr std::uint64_t high = 4ull << 30;
    const std::array<GpaRange, 2> ram{{{Gpa{0}, Gpa{0x2000'0000}}, {Gpa{high}, Gpa{high + 0x1000}}}};
    EXPECT_EQ(map_of(ram, {}), (Ranges{{Gpa{0}, Gpa{0x2000'0000}}, {Gpa{high}, Gpa{high + 0x1000}}}));
    EXPECT_EQ(map_of(ram, {Gpa{high}, Gpa{high + 0x1000}}), (Ranges{{Gpa{0}, Gpa{0x2000'0000}}}));
}

}  // namespace
}  // namespace model::host
