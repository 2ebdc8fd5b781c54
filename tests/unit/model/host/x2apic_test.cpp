// SPDX-License-Identifier: MIT
// Registers of x2APIC mode.
#include "model/host/x2apic.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

constexpr X2apicRegister at(std::uint32_t offset) { return {X2apicUse::Register, offset}; }

TEST(X2apic, each_register_has_its_place_in_the_window) {
    EXPECT_EQ(find_x2apic_read(0x803), at(0x30));
    EXPECT_EQ(find_x2apic_read(0x808), at(0x80));
    EXPECT_EQ(find_x2apic_read(0x827), at(0x270)) << "the last of the requests";
    EXPECT_EQ(find_x2apic_read(0x839), at(0x390));
    EXPECT_EQ(find_x2apic_write(0x80b, 0), at(0xb0));
    EXPECT_EQ(find_x2apic_write(0x838, 0xffff'ffff), at(0x380));
    EXPECT_EQ(find_x2apic_write(0x83e, 0xb), at(0x3e0));
}

TEST(X2apic, four_registers_are_not_those_of_the_window) {
    EXPECT_EQ(find_x2apic_read(0x802)->use, X2apicUse::Id);
    EXPECT_EQ(find_x2apic_read(0x80d)->use, X2apicUse::LogicalId);
    EXPECT_EQ(find_x2apic_read(0x830)->use, X2apicUse::Command);
    EXPECT_EQ(find_x2apic_write(0x830, 0x1234'0004'4040)->use, X2apicUse::Command);
    EXPECT_EQ(find_x2apic_write(0x83f, 0xff)->use, X2apicUse::SelfIpi);
}

TEST(X2apic, what_this_mode_leaves_out_does_not_exist) {
    for (const std::uint32_t msr :
         {0x7ffu, 0x800u, 0x801u, 0x809u, 0x80eu, 0x829u, 0x82fu, 0x831u, 0x83au, 0x840u, 0x8ffu, 0x900u}) {
        EXPECT_EQ(find_x2apic_read(msr), std::nullopt) << std::hex << msr;
        EXPECT_EQ(find_x2apic_write(msr, 0), std::nullopt) << std::hex << msr;
    }
}

TEST(X2apic, some_are_only_read_and_some_only_written) {
    for (const std::uint32_t msr : {0x802u, 0x803u, 0x80au, 0x80du, 0x810u, 0x81fu, 0x820u, 0x839u})
        EXPECT_EQ(find_x2apic_write(msr, 0), std::nullopt) << std::hex << msr;
    for (const std::uint32_t msr : {0x80bu, 0x83fu})
        EXPECT_EQ(find_x2apic_read(msr), std::nullopt) << std::hex << msr;
}

TEST(X2apic, values_that_no_register_takes_are_refused) {
    EXPECT_EQ(find_x2apic_write(0x808, 1ull << 32), std::nullopt);
    EXPECT_EQ(find_x2apic_write(0x828, 1), std::nullopt) << "errors are cleared, not set";
    EXPECT_EQ(find_x2apic_write(0x828, 0), at(0x280));
    EXPECT_EQ(find_x2apic_write(0x83f, 0x100), std::nullopt);
    for (const unsigned bit : {13u, 16u, 17u, 20u, 31u})
        EXPECT_EQ(find_x2apic_write(0x830, 1ull << bit), std::nullopt) << bit;
}

TEST(X2apicCommand, the_busy_bit_of_xapic_is_dropped) {
    EXPECT_EQ(read_x2apic_command(0x103'0000'1040), (IpiAsk{0x40, 0x103}));
    EXPECT_EQ(read_x2apic_command(1 << 13), std::nullopt);
}

constexpr std::uint32_t logical = 1 << 11, self = 1 << 18, all = 2 << 18, others = 3 << 18;

TEST(X2apicCommand, a_number_or_a_shorthand_names_a_cpu) {
    EXPECT_TRUE(names_in_x2apic({0, 2}, 0, 2));
    EXPECT_FALSE(names_in_x2apic({0, 2}, 0, 3));
    EXPECT_FALSE(names_in_x2apic({0, 0xff}, 0, 3)) << "no broadcast in this mode";
    EXPECT_TRUE(names_in_x2apic({0, 0xffff'ffff}, 0, 3));
    EXPECT_TRUE(names_in_x2apic({self, 7}, 1, 1) && !names_in_x2apic({self, 7}, 1, 7));
    EXPECT_TRUE(names_in_x2apic({all, 7}, 1, 1) && names_in_x2apic({all, 7}, 1, 2));
    EXPECT_TRUE(!names_in_x2apic({others, 7}, 1, 1) && names_in_x2apic({others, 7}, 1, 2));
}

TEST(X2apicCommand, a_logical_destination_is_a_cluster_and_its_members) {
    EXPECT_EQ(x2apic_logical_id(0), 1u);
    EXPECT_EQ(x2apic_logical_id(0x25), 0x2'0020u);
    EXPECT_TRUE(names_in_x2apic({logical, 6}, 0, 1) && names_in_x2apic({logical, 6}, 0, 2));
    EXPECT_FALSE(names_in_x2apic({logical, 6}, 0, 0));
    EXPECT_FALSE(names_in_x2apic({logical, 0x1'0002}, 0, 1)) << "another cluster";
    EXPECT_TRUE(names_in_x2apic({logical, 0x1'0002}, 0, 0x11));
}

}  // namespace
}  // namespace model::host
