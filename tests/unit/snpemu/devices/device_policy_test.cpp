// SPDX-License-Identifier: MIT
// What a guest may do to the devices of QEMU, and what must never reach them.
#include <gtest/gtest.h>

#include "snpemu/devices/apic_policy.hpp"
#include "snpemu/devices/port_policy.hpp"
#include "snpemu/host/apic_id.hpp"
#include "snpemu/host/host_msr.hpp"
#include "snpemu/silicon/msr_policy.hpp"

namespace snpemu {
namespace {

TEST(PortPolicy, a_pcs_devices_are_there) {
    for (const auto port : std::initializer_list<std::uint16_t>{
             0x20,  0x21,  0x40,  0x43,  0x60,  0x61,  0x64,  0x70,   0x71,   0xa1,  0x3f8,
             0x3ff, 0x4d1, 0x600, 0x608, 0x62f, 0xcf8, 0xcff, 0x1000, 0xc000, 0xffff})
        EXPECT_EQ(use_of(port), PortUse::Device) << std::hex << port;
}
TEST(PortPolicy, what_belongs_to_the_machine_is_not) {
    EXPECT_EQ(use_of(0xe9), PortUse::Absent) << "the machine's own channel";
    for (const auto port : std::initializer_list<std::uint16_t>{0x510, 0x511, 0x514, 0x518})
        EXPECT_EQ(use_of(port), PortUse::Absent) << "QEMU's firmware configuration writes to memory";
    EXPECT_EQ(use_of(0xb2), PortUse::Absent) << "there is no system management mode";
    EXPECT_EQ(use_of(0x0), PortUse::Absent) << "ISA DMA writes to memory";
    EXPECT_EQ(use_of(0xf4), PortUse::Report) << "QEMU's exit device must not hear it";
}
TEST(PortPolicy, ranges_do_not_overlap) {
    for (const PortRange& a : port_ranges)
        for (const PortRange& b : port_ranges)
            EXPECT_TRUE(&a == &b || a.last < b.first || b.last < a.first) << std::hex << a.first;
}
TEST(PortPolicy, sleep_switches_the_machine_off_and_nothing_else_does) {
    EXPECT_EQ(end_of(0x604, 0x2001), MachineEnd::PowerOff);
    EXPECT_EQ(end_of(0x604, 0x3c00), MachineEnd::PowerOff);
    EXPECT_EQ(end_of(0x604, 0x1c01), std::nullopt) << "a type without the enable bit";
    EXPECT_EQ(end_of(0x600, 0x2000), std::nullopt);
}
TEST(PortPolicy, every_way_to_reset_is_seen) {
    EXPECT_EQ(end_of(0xcf9, 0x6), MachineEnd::Reset);
    EXPECT_EQ(end_of(0xcf9, 0xe), MachineEnd::Reset);
    EXPECT_EQ(end_of(0xcf9, 0x2), std::nullopt);
    EXPECT_EQ(end_of(0x64, 0xfe), MachineEnd::Reset);
    EXPECT_EQ(end_of(0x64, 0x20), std::nullopt);
    EXPECT_EQ(end_of(0x92, 0x1), MachineEnd::Reset);
    EXPECT_EQ(end_of(0x92, 0x2), std::nullopt);
}

// A message of these kinds would reset or stop a CPU of QEMU with the machine on it.
TEST(ApicPolicy, only_plain_interrupts_go_out) {
    EXPECT_TRUE(is_plain(DeliveryMode::Fixed) && is_plain(DeliveryMode::LowestPriority) &&
                is_plain(DeliveryMode::External));
    EXPECT_FALSE(is_plain(DeliveryMode::Smi) || is_plain(DeliveryMode::Nmi) || is_plain(DeliveryMode::Init) ||
                 is_plain(DeliveryMode::Startup));
}
TEST(ApicPolicy, a_vector_of_another_kind_is_masked) {
    for (const std::uint32_t mode : {2u, 5u, 6u})
        EXPECT_EQ(constrain_vector(mode << 8 | 0x30, true), mode << 8 | 0x10030);
    EXPECT_EQ(constrain_vector(0x20030, false), 0x20030u) << "a periodic timer";
    EXPECT_EQ(constrain_vector(0x700, false), 0x700u) << "the 8259s";
}
TEST(ApicPolicy, destinations_are_those_of_the_manual) {
    const ApicTarget two{2, 4u << 24};
    EXPECT_TRUE(is_named(0x40, 2u << 24, 0, two));
    EXPECT_FALSE(is_named(0x40, 3u << 24, 0, two));
    EXPECT_TRUE(is_named(0x40, 0xffu << 24, 0, two)) << "everybody";
    EXPECT_TRUE(is_named(0x840, 6u << 24, 0, two)) << "flat logical";
    EXPECT_FALSE(is_named(0x840, 3u << 24, 0, two));
    EXPECT_TRUE(is_named(1u << 18, 0, 2, two) && !is_named(1u << 18, 0, 1, two)) << "self";
    EXPECT_TRUE(is_named(2u << 18, 0, 2, two)) << "all";
    EXPECT_TRUE(is_named(3u << 18, 0, 1, two) && !is_named(3u << 18, 0, 2, two)) << "all but self";
}

TEST(MsrPolicy, one_cpu_says_that_it_is_the_boot_cpu) {
    constexpr std::uint64_t boot_cpu = 1 << 8;
    EXPECT_EQ(*host_msr(0x1b, 0), *host_msr(0x1b, 1) | boot_cpu);
    EXPECT_FALSE(host_msr(0xc000'0102 + 1, 0));
}

}  // namespace
}  // namespace snpemu
