// SPDX-License-Identifier: MIT
// MOV DRn as the machine reads it, and which breakpoints it arms.
#include "snpemu/silicon/debug_policy.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "snpemu/silicon/decode.hpp"

namespace snpemu {
namespace {

std::optional<RegisterMove> decode(std::vector<unsigned char> code) {
    return decode_debug_move(std::as_bytes(std::span{code}));
}

TEST(DebugMove, names_both_registers_and_the_direction) {
    const auto write = decode({0x0f, 0x23, 0xf8});  // mov dr7, rax
    ASSERT_TRUE(write);
    EXPECT_TRUE(write->is_write());
    EXPECT_EQ(write->number, 7);
    EXPECT_EQ(write->general, 0);
    EXPECT_EQ(write->bytes, 3);
    const auto read = decode({0x41, 0x0f, 0x21, 0xcf});  // mov r15, dr1
    ASSERT_TRUE(read);
    EXPECT_FALSE(read->is_write());
    EXPECT_EQ(read->number, 1);
    EXPECT_EQ(read->general, 15);
    EXPECT_EQ(read->bytes, 4);
}
TEST(DebugMove, other_instructions_and_dr8_are_none) {
    EXPECT_FALSE(decode({0x0f, 0x22, 0xf8}));
    EXPECT_FALSE(decode({0x44, 0x0f, 0x23, 0xc0}));  // mov dr8, rax
    EXPECT_FALSE(decode({0x0f, 0x23}));
    EXPECT_FALSE(decode({}));
}
TEST(DebugMove, four_and_five_are_other_names_unless_debugging_extensions_are_on) {
    EXPECT_EQ(debug_register(4, 0), 6u);
    EXPECT_EQ(debug_register(5, 0), 7u);
    EXPECT_EQ(debug_register(5, abi::Cr4::de), std::nullopt);
    EXPECT_EQ(debug_register(3, abi::Cr4::de), 3u);
}
TEST(DebugPolicy, a_breakpoint_on_the_machine_itself_is_not_armed) {
    constexpr std::uint64_t begin = abi::adyton::machine_begin, end = abi::adyton::machine_end;
    constexpr std::uint64_t data8 = 0xb;  // read or write, 8 bytes
    const std::uint64_t dr7 = 0x4ff | data8 << 16 | data8 << 20;
    EXPECT_EQ(armable_dr7(dr7, {begin - 8, begin - 7, begin - 1, begin}), dr7 & ~0xccull);
    EXPECT_EQ(armable_dr7(dr7, {end, end - 1, end, end - 1}), dr7 & ~0xccull);
    EXPECT_EQ(armable_dr7(0x400, {begin, begin, begin, begin}), 0x400u);
}
TEST(DebugPolicy, a_breakpoint_at_the_highest_address_does_not_wrap) {
    EXPECT_EQ(armable_dr7(0x401, {~0ull, 0, 0, 0}), 0x401u);
}
TEST(DebugPolicy, addresses_are_watched_only_while_something_is_armed) {
    EXPECT_EQ(intercepted_writes(false, 0x4ff), 1u << 5 | 1u << 7);
    EXPECT_EQ(intercepted_writes(true, 0x400), 1u << 5 | 1u << 7);
    EXPECT_EQ(intercepted_writes(true, 0x401), 1u << 5 | 1u << 7 | 0xfu);
    EXPECT_EQ(intercepted_reads(false, 0x4ff), 1u << 5 | 1u << 7);
    EXPECT_EQ(intercepted_reads(true, 0x4ff), 0u);
}
TEST(DebugPolicy, general_detect_watches_each_access_of_a_level_with_registers_of_its_own) {
    EXPECT_EQ(intercepted_writes(true, 0x2400), 0xffu);
    EXPECT_EQ(intercepted_reads(true, 0x2400), 0xffu);
    EXPECT_EQ(intercepted_writes(false, 0x2400), 1u << 5 | 1u << 7);
    EXPECT_EQ(intercepted_reads(false, 0x2400), 1u << 5 | 1u << 7);
    EXPECT_EQ(armable_dr7(0x2401, {0x1000, 0, 0, 0}), 0x401u) << "never while the machine runs";
}

}  // namespace
}  // namespace snpemu
