// SPDX-License-Identifier: MIT
// MSRs that a host keeps for a vCPU.
#include "model/host/platform_msr.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

TEST(PlatformMsrs, the_boot_cpu_says_that_it_is_one) {
    EXPECT_EQ(PlatformMsrs{true}.read(0x1b), 0xfee0'0900u);
    EXPECT_EQ(PlatformMsrs{}.read(0x1b), 0xfee0'0800u);
}

TEST(PlatformMsrs, x2apic_is_entered_from_xapic_and_left_through_off) {
    PlatformMsrs msrs;
    EXPECT_EQ(msrs.apic_mode(), ApicMode::Xapic);
    EXPECT_FALSE(msrs.write(0x1b, 0xfee0'0400)) << "x2APIC without APIC";
    EXPECT_TRUE(msrs.write(0x1b, 0xfee0'0c00));
    EXPECT_EQ(msrs.apic_mode(), ApicMode::X2apic);
    EXPECT_FALSE(msrs.write(0x1b, 0xfee0'0800));
    EXPECT_EQ(msrs.read(0x1b), 0xfee0'0c00u) << "a refused write changes nothing";
    EXPECT_TRUE(msrs.write(0x1b, 0xfee0'0000));
    EXPECT_EQ(msrs.apic_mode(), ApicMode::Off);
    EXPECT_FALSE(msrs.write(0x1b, 0xfee0'0c00));
    EXPECT_TRUE(msrs.write(0x1b, 0xfee0'0800));
    EXPECT_FALSE(msrs.write(0x1b, 0xfee0'0801)) << "a reserved bit";
}

TEST(PlatformMsrs, mtrrs_keep_what_they_may_hold) {
    PlatformMsrs msrs;
    EXPECT_TRUE(msrs.write(0x200, 0x1'0000'0006));
    EXPECT_EQ(msrs.read(0x200), 0x1'0000'0006u);
    EXPECT_EQ(msrs.read(0x202), 0u);
    EXPECT_FALSE(msrs.write(0x200, 0x1'0000'0002)) << "no such type";
    EXPECT_FALSE(msrs.write(0x200, 1ull << 52)) << "no such address";
    EXPECT_TRUE(msrs.write(0x201, 0xf'c000'0800));
    EXPECT_FALSE(msrs.write(0x201, 0xf'c000'0400));
    EXPECT_TRUE(msrs.write(0x26f, 0x0606'0606'0606'0606));
    EXPECT_FALSE(msrs.write(0x26f, 0x0606'0606'0306'0606));
    EXPECT_TRUE(msrs.write(0x2ff, 0xc06));
    EXPECT_FALSE(msrs.write(0x2ff, 0x1c06));
    EXPECT_EQ(msrs.read(0x210), std::nullopt);
    EXPECT_EQ(msrs.read(0x26f), 0x0606'0606'0606'0606u);
}

TEST(PlatformMsrs, counters_count_nothing_and_may_be_written) {
    PlatformMsrs msrs;
    for (std::uint32_t msr = 0xc001'0000; msr < 0xc001'0008; ++msr) {
        EXPECT_TRUE(msrs.write(msr, 5)) << msr;
        EXPECT_EQ(msrs.read(msr), 0u) << msr;
    }
}

TEST(PlatformMsrs, machine_check_banks) {
    PlatformMsrs msrs;
    EXPECT_EQ(msrs.read(0x400), ~0ull);
    EXPECT_EQ(msrs.read(0x401), 0u);
    EXPECT_TRUE(msrs.write(0x400, ~0ull));
    EXPECT_FALSE(msrs.write(0x400, 1));
    EXPECT_FALSE(msrs.write(0x401, 1));
    EXPECT_EQ(msrs.read(0x428), std::nullopt) << "there are ten";
}

TEST(PlatformMsrs, what_kvm_does_not_know_is_refused) {
    PlatformMsrs msrs;
    for (const std::uint32_t msr : {0x48u, 0x3au, 0xc000'0104u, 0xc001'0064u, 0xc001'0140u, 0x4000'0000u}) {
        EXPECT_EQ(msrs.read(msr), std::nullopt) << msr;
        EXPECT_FALSE(msrs.write(msr, 0)) << msr;
    }
    EXPECT_FALSE(msrs.write(0xfe, 0)) << "read-only";
    EXPECT_FALSE(msrs.write(0xc001'0058, 1));
    EXPECT_FALSE(msrs.write(0xc001'0015, 1)) << "HWCR";
    EXPECT_TRUE(msrs.write(0xc001'0015, 1 << 24 | 8));
    EXPECT_EQ(msrs.read(0xc001'0015), 1u << 24);
}

}  // namespace
}  // namespace model::host
