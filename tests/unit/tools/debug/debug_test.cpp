// SPDX-License-Identifier: MIT
// gdb's frames, and the walk that QEMU cannot do.
#include <gtest/gtest.h>

#include <map>

#include "abi/x86/registers.hpp"
#include "tools/debug/packet.hpp"
#include "tools/debug/walk.hpp"

namespace tools::debug {
namespace {

TEST(GdbFrame, CarriesItsChecksum) {
    EXPECT_EQ(framed("OK"), "$OK#9a");
    EXPECT_EQ(framed(""), "$#00");
}

TEST(GdbFrame, IsCutOutOfTheStream) {
    Deframer frames;
    frames.feed("+$m10");
    EXPECT_EQ(frames.next(), std::nullopt);
    frames.feed(",8#");
    EXPECT_EQ(frames.next(), std::nullopt);
    frames.feed("2d+$c#63");
    EXPECT_EQ(frames.next(), "m10,8");
    EXPECT_EQ(frames.next(), "c");
    EXPECT_EQ(frames.next(), std::nullopt);
}

TEST(GdbFrame, CtrlCIsNoFrame) {
    Deframer frames;
    frames.feed("\x03$?#3f");
    EXPECT_EQ(frames.next(), Deframer::interrupt);
    EXPECT_EQ(frames.next(), "?");
}

TEST(GdbHex, GoesBothWays) {
    EXPECT_EQ(to_hex(std::string_view{"\x00\xff", 2}), "00ff");
    EXPECT_EQ(from_hex("00ff"), (std::string{"\x00\xff", 2}));
    EXPECT_EQ(from_hex("0xzz"), (std::string{"\x00", 1}).substr(0, 0));
}

constexpr std::uint64_t c_bit = 1ull << 47, present = 1, large = 0x80;
constexpr PagingState long_mode{1ull << 31, 0x1000 | c_bit, abi::Efer::lma};

/// Tables at 0x1000, 0x2000, 0x3000, 0x4000 for the SVSM's first 2 MiB, and a large page behind them.
const std::map<std::uint64_t, std::uint64_t> memory{
    {0x1000 + 511 * 8, 0x2000 | c_bit | present}, {0x2000 + 510 * 8, 0x3000 | c_bit | present},
    {0x3000, 0x4000 | c_bit | present},           {0x3008, 0x800'0000 | c_bit | large | present},
    {0x4000 + 2 * 8, 0x9000 | c_bit | present},   {0x4000 + 3 * 8, 0xa000},
};
std::optional<std::uint64_t> walk(std::uint64_t address, PagingState state = long_mode) {
    return to_physical(address, state, [](std::uint64_t at) -> std::optional<std::uint64_t> {
        const auto found = memory.find(at);
        return found == memory.end() ? 0 : found->second;
    });
}

TEST(GdbWalk, LeavesTheCBitOut) { EXPECT_EQ(walk(0xffff'ffff'8000'2abc), 0x9abcu); }
TEST(GdbWalk, KnowsLargePages) { EXPECT_EQ(walk(0xffff'ffff'8021'2345), 0x801'2345u); }
TEST(GdbWalk, FindsNothingWhereNothingIsMapped) {
    EXPECT_EQ(walk(0xffff'ffff'8000'3000), std::nullopt);  // not present
    EXPECT_EQ(walk(0), std::nullopt);
    EXPECT_EQ(to_physical(0xffff'ffff'8000'2000, long_mode, [](auto) { return std::nullopt; }), std::nullopt);
}
/// The same tables with the C-bit at 51; 47 is an address bit then, and nothing lies there.
TEST(GdbWalk, FollowsTheMachinesCBit) {
    constexpr std::uint64_t bit_51 = 1ull << 51;
    const auto read = [](std::uint64_t at) -> std::optional<std::uint64_t> {
        const auto found = memory.find(at);
        if (found == memory.end()) return 0;
        return (found->second & c_bit) != 0 ? (found->second & ~c_bit) | bit_51 : found->second;
    };
    PagingState state{1ull << 31, 0x1000 | bit_51, abi::Efer::lma, 0, 51};
    EXPECT_EQ(to_physical(0xffff'ffff'8000'2abc, state, read), 0x9abcu);
    state.c_bit = 47;
    EXPECT_EQ(to_physical(0xffff'ffff'8000'2abc, state, read), std::nullopt);
}
TEST(GdbWalk, HasFiveLevelsWithLa57) {
    const auto read = [](std::uint64_t at) -> std::optional<std::uint64_t> {
        if (at == 0x5000 + 511 * 8) return 0x1000 | c_bit | present;
        const auto found = memory.find(at);
        return found == memory.end() ? 0 : found->second;
    };
    const PagingState state{1ull << 31, 0x5000 | c_bit, abi::Efer::lma, abi::Cr4::la57, 47};
    EXPECT_EQ(to_physical(0xffff'ffff'8000'2abc, state, read), 0x9abcu);
}
TEST(GdbWalk, WithoutPagingAddressesArePhysical) { EXPECT_EQ(walk(0x1234, {}), 0x1234u); }

}  // namespace
}  // namespace tools::debug
