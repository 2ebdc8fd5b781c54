// SPDX-License-Identifier: MIT
// Every SNP instruction by its bytes, and what only looks like one.
#include "snpemu/silicon/decode.hpp"

#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <vector>

namespace snpemu {
namespace {

Decoded of(std::initializer_list<unsigned char> bytes) {
    std::vector<std::byte> code;
    for (const auto b : bytes) code.push_back(std::byte{b});
    return decode(code, true);
}

TEST(Decode, knows_the_snp_instructions) {
    EXPECT_EQ(of({0xf2, 0x0f, 0x01, 0xff}).instruction, Instruction::Pvalidate);
    EXPECT_EQ(of({0xf3, 0x0f, 0x01, 0xfe}).instruction, Instruction::Rmpadjust);
    EXPECT_EQ(of({0xf3, 0x0f, 0x01, 0xfd}).instruction, Instruction::Rmpquery);
    EXPECT_EQ(of({0x0f, 0x01, 0xfe}).instruction, Instruction::Invlpgb);
    EXPECT_EQ(of({0x0f, 0x01, 0xff}).instruction, Instruction::Tlbsync);
    EXPECT_EQ(of({0xf3, 0x0f, 0x01, 0xd9}).instruction, Instruction::Vmgexit);
    EXPECT_EQ(of({0xf2, 0x0f, 0x01, 0xd9}).instruction, Instruction::Vmgexit);
    EXPECT_EQ(of({0x0f, 0x01, 0xd9}).instruction, Instruction::Vmmcall);
}
TEST(Decode, takes_prefixes_that_mean_nothing) {
    const Decoded found = of({0x66, 0x3e, 0xf3, 0xf2, 0x48, 0x0f, 0x01, 0xff});
    EXPECT_EQ(found.instruction, Instruction::Pvalidate);  // the last of F2h and F3h counts
    EXPECT_EQ(found.bytes, 8);
    EXPECT_FALSE(found.has_other_address_size);
    EXPECT_TRUE(of({0x67, 0xf3, 0x0f, 0x01, 0xfe}).has_other_address_size);
    EXPECT_EQ(of({0xf0, 0xf2, 0x0f, 0x01, 0xff}).instruction, Instruction::Unknown) << "LOCK";
    EXPECT_EQ(of({0x48, 0xf2, 0x0f, 0x01, 0xff}).instruction, Instruction::Unknown) << "REX before a prefix";
}
TEST(Decode, knows_icebp_and_its_length) {
    EXPECT_EQ(of({0xf1}).instruction, Instruction::Icebp);
    EXPECT_EQ(of({0x66, 0xf1}).bytes, 2);
    EXPECT_EQ(of({0xf0, 0xf1}).instruction, Instruction::Unknown) << "LOCK";
}
TEST(Decode, outside_64_bit_mode_there_is_no_rex) {
    const std::array code{std::byte{0xf2}, std::byte{0x48}, std::byte{0x0f}, std::byte{0x01},
                          std::byte{0xff}};
    EXPECT_EQ(decode(code, true).instruction, Instruction::Pvalidate);
    EXPECT_EQ(decode(code, false).instruction, Instruction::Unknown);
}
TEST(Decode, moves_to_cr3_and_cr4) {
    const auto is_move = [](std::initializer_list<unsigned char> bytes) {
        std::vector<std::byte> code;
        for (const auto b : bytes) code.push_back(std::byte{b});
        return is_move_to_cr3_or_cr4(code);
    };
    EXPECT_TRUE(is_move({0x0f, 0x22, 0xd8}));         // mov %rax, %cr3
    EXPECT_TRUE(is_move({0x41, 0x0f, 0x22, 0xe7}));   // mov %r15, %cr4
    EXPECT_FALSE(is_move({0x0f, 0x22, 0xc0}));        // mov %rax, %cr0
    EXPECT_FALSE(is_move({0x44, 0x0f, 0x22, 0xd8}));  // "CR11"
    EXPECT_FALSE(is_move({0x0f, 0x20, 0xd8}));        // mov %cr3, %rax
    EXPECT_FALSE(is_move({0x0f, 0x22}));
}
TEST(Decode, loads_of_one_byte) {
    const auto load = [](std::initializer_list<unsigned char> bytes) {
        std::vector<std::byte> code;
        for (const auto b : bytes) code.push_back(std::byte{b});
        const auto found = decode_byte_load(code);
        return found ? std::array<unsigned, 3>{found->bytes, found->target, found->extends}
                     : std::array<unsigned, 3>{};
    };
    using Answer = std::array<unsigned, 3>;
    EXPECT_EQ(load({0x8a, 0x07}), (Answer{2, 0, 0}));                     // mov (%rdi), %al
    EXPECT_EQ(load({0x44, 0x8a, 0x07}), (Answer{3, 8, 0}));               // mov (%rdi), %r8b
    EXPECT_EQ(load({0x40, 0x8a, 0x3e}), (Answer{3, 7, 0}));               // mov (%rsi), %dil
    EXPECT_EQ(load({0x8a, 0x80, 0xff, 0x0f, 0, 0}), (Answer{6, 0, 0}));   // mov 4095(%rax), %al
    EXPECT_EQ(load({0x8a, 0x4c, 0x07, 0x10}), (Answer{4, 1, 0}));         // mov 16(%rdi,%rax), %cl
    EXPECT_EQ(load({0x8a, 0x04, 0x25, 0, 0, 0, 1}), (Answer{7, 0, 0}));   // mov 0x1000000, %al
    EXPECT_EQ(load({0x8a, 0x05, 0, 0, 0, 0}), (Answer{6, 0, 0}));         // mov (%rip), %al
    EXPECT_EQ(load({0x0f, 0xb6, 0x02}), (Answer{3, 0, 1}));               // movzbl (%rdx), %eax
    EXPECT_EQ(load({0x45, 0x0f, 0xb6, 0x7f, 0x01}), (Answer{5, 15, 1}));  // movzbl 1(%r15), %r15d
    EXPECT_EQ(load({0x8a, 0x27}), Answer{}) << "AH";
    EXPECT_EQ(load({0x8a, 0xc1}), Answer{}) << "a register";
    EXPECT_EQ(load({0x8b, 0x07}), Answer{}) << "four bytes";
    EXPECT_EQ(load({0x8a, 0x80, 0xff}), Answer{}) << "cut off";
    EXPECT_EQ(load({0x8a}), Answer{});
    EXPECT_EQ(load({}), Answer{});
}
TEST(Decode, tells_the_length) {
    EXPECT_EQ(of({0xf2, 0x0f, 0x01, 0xff, 0x90}).bytes, 4);
    EXPECT_EQ(of({0x0f, 0x01, 0xff, 0x90}).bytes, 3);
}
TEST(Decode, host_instructions_with_other_prefixes_stay_unknown) {
    EXPECT_EQ(of({0xf3, 0x0f, 0x01, 0xff}).instruction, Instruction::Unknown);  // PSMASH
    EXPECT_EQ(of({0xf2, 0x0f, 0x01, 0xfe}).instruction, Instruction::Unknown);  // RMPUPDATE
    EXPECT_EQ(of({0xf2, 0x0f, 0x01, 0xfd}).instruction, Instruction::Unknown);  // RMPREAD
}
TEST(Decode, ud2_and_short_code_stay_unknown) {
    EXPECT_EQ(of({0x0f, 0x0b}).instruction, Instruction::Unknown);
    EXPECT_EQ(of({0xf2, 0x0f, 0x01}).instruction, Instruction::Unknown);
    EXPECT_EQ(of({}).instruction, Instruction::Unknown);
}

}  // namespace
}  // namespace snpemu
