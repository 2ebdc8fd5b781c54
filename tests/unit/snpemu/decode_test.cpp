// SPDX-License-Identifier: MIT
// Every SNP instruction by its bytes, and what only looks like one.
#include "snpemu/emu/decode.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace snpemu {
namespace {

Decoded of(std::initializer_list<unsigned char> bytes) {
    std::vector<std::byte> code;
    for (const auto b : bytes) code.push_back(std::byte{b});
    return decode(code);
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
