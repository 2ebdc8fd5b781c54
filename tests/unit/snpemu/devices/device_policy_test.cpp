// SPDX-License-Identifier: MIT
// What a guest may do to the devices of QEMU, and what must never reach them.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "snpemu/devices/apic_policy.hpp"
#include "snpemu/devices/port_policy.hpp"
#include "snpemu/host/apic_id.hpp"
#include "snpemu/host/pci_windows.hpp"
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

TEST(PortPolicy, port_92_is_the_machines_and_keeps_one_bit) {
    EXPECT_EQ(use_of(0x92), PortUse::SystemControl);
    EXPECT_EQ(system_control_after(0xfe), 2u);
    EXPECT_EQ(system_control_after(0xfd), 0u);
    EXPECT_EQ(end_of(0x92, system_control_after(0xff) | 2u), std::nullopt) << "what firmware writes back";
}
TEST(PortPolicy, debug_text_of_firmware_has_a_port) {
    EXPECT_EQ(use_of(0x402), PortUse::FirmwareText);
    EXPECT_EQ(use_of(0x403), PortUse::Absent);
}
TEST(PortPolicy, firmware_that_wants_smm_asks_for_its_memory) {
    EXPECT_TRUE(asks_for_smm(0x8000'0050, 0xcfc, 0xffff));
    EXPECT_FALSE(asks_for_smm(0x8000'0050, 0xcfe, 0xffff)) << "another register";
    EXPECT_FALSE(asks_for_smm(0x8000'0060, 0xcfc, 0xffff)) << "PCIEXBAR";
    EXPECT_FALSE(asks_for_smm(0x8000'0050, 0xcfc, 0)) << "no question";
}
TEST(PciWindows, lie_where_qemus_devices_do_without_firmware) {
    const PciWindows windows;
    EXPECT_TRUE(windows.contain(0xc000'0000, 8) && windows.contain(0xfebf'fff8, 8));
    EXPECT_FALSE(windows.contain(0xbfff'fffc, 8) || windows.contain(0xfebf'fffc, 8)) << "one end outside";
    EXPECT_FALSE(windows.contain(1ull << 36, 4));
    EXPECT_FALSE(windows.contain(~0ull - 3, 8)) << "wraps";
}
TEST(PciWindows, with_firmware_lie_behind_all_ram_of_the_computer) {
    constexpr std::uint64_t gib = 1 << 30;
    const auto small = PciWindows::with_firmware(gib, 4 * gib);
    EXPECT_TRUE(small.contain(2 * gib, 4) && small.contain(0x70'0000'0000, 8));
    EXPECT_FALSE(small.contain(2 * gib - 4, 4) || small.contain(4 * gib - 4, 4) || small.contain(512 * gib, 4));
    EXPECT_FALSE(small.contain(0xfee0'0000, 4)) << "local APIC";
    const auto large = PciWindows::with_firmware(2 * gib + gib / 2, 6 * gib);
    EXPECT_FALSE(large.contain(2 * gib, 4) || large.contain(6 * gib - 4, 4)) << "RAM of the machine";
    EXPECT_TRUE(large.contain(2 * gib + gib / 2, 4) && large.contain(6 * gib, 4));
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

TEST(ApicPolicy, a_command_to_one_cpu_keeps_its_message_and_loses_how_it_named_cpus) {
    EXPECT_EQ(to_physical(0x4840), 0x4040u) << "logical";
    EXPECT_EQ(to_physical(0x4'40fb), 0x40fbu) << "self";
    EXPECT_EQ(to_physical(0xc'c4fb), 0xc4fbu) << "all but self, an NMI, level-triggered";
}

TEST(MsrPolicy, a_permission_map_opens_reads_and_writes_of_one_register_alone) {
    // Two bits a register; three ranges of 2000h registers, 800h bytes each. [APM2 "MSR Intercepts"]
    struct Place {
        abi::Msr msr;
        std::size_t byte;
        std::uint8_t bits;
    };
    for (const auto& [msr, byte, bits] :
         {Place{abi::Msr::SysenterCs, 0x174 / 4, 0x03}, Place{abi::Msr::SysenterEsp, 0x174 / 4, 0x0c},
          Place{abi::Msr::Sfmask, 0x800 + 0x84 / 4, 0x03}, Place{abi::Msr::TscAux, 0x800 + 0x103 / 4, 0xc0},
          Place{abi::Msr::SevStatus, 0x1000 + 0x131 / 4, 0x0c}}) {
        std::vector<std::uint8_t> map(0x2000, 0xff), expected = map;
        allow_msr(map, msr);
        expected[byte] = static_cast<std::uint8_t>(0xff & ~bits);
        EXPECT_EQ(map, expected) << std::hex << static_cast<std::uint32_t>(msr);
    }
}
TEST(MsrPolicy, no_register_of_the_machine_is_passed_through) {
    for (const auto msr : {abi::Msr::Efer, abi::Msr::Ghcb, abi::Msr::SevStatus, abi::Msr::VmHsavePa,
                           abi::Msr::ApicBase, abi::Msr::DebugCtl, abi::Msr::Pat})
        EXPECT_EQ(std::ranges::count(passthrough_msrs, msr), 0)
            << std::hex << static_cast<std::uint32_t>(msr);
}
TEST(MsrPolicy, efer_takes_known_bits_and_keeps_lme_while_paging_is_on) {
    using abi::Efer, abi::Cr0;
    constexpr std::uint64_t long_mode = Efer::lme | Efer::lma | Efer::svme;
    EXPECT_TRUE(is_efer_allowed(long_mode | Efer::sce | Efer::nxe, long_mode, Cr0::pg));
    EXPECT_FALSE(is_efer_allowed(Efer::svme, long_mode, Cr0::pg)) << "leaves long mode";
    EXPECT_FALSE(is_efer_allowed(long_mode, Efer::svme, Cr0::pg)) << "enters it";
    EXPECT_TRUE(is_efer_allowed(Efer::lme, 0, Cr0::pe)) << "before paging";
    for (const unsigned bit : {1u, 9u, 13u, 14u, 15u, 32u, 63u})
        EXPECT_FALSE(is_efer_allowed(1ull << bit, 0, 0)) << bit;
}
TEST(MsrPolicy, each_of_the_eight_entries_of_pat_is_a_memory_type) {
    EXPECT_TRUE(is_pat_allowed(0x0706'0504'0100'0606)) << "every type that there is";
    for (unsigned entry = 0; entry < 8; ++entry)
        for (const std::uint64_t bad : {2u, 3u, 8u, 0xffu})
            EXPECT_FALSE(is_pat_allowed(bad << 8 * entry)) << bad << " in entry " << entry;
}

}  // namespace
}  // namespace snpemu
