// SPDX-License-Identifier: MIT
// What only the SVSM can tell a Linux guest: its memory map, and where its SNP pages are.
#include "svsm/launch/linux_start.hpp"

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"
#include "model/vmrun.hpp"

namespace svsm {
namespace {

using namespace abi::linux_boot;
using L = abi::adyton::GuestBootLayout;
constexpr std::uint64_t mib = 1 << 20;
constexpr GpaRange region{Gpa{128 * mib}, Gpa{136 * mib}};
constexpr GpaRange acpi{Gpa{0x1'4000}, Gpa{0x1'6000}};

class LinuxStart : public testing::Test {
protected:
    LinuxStart() {
        guest.vmpl = abi::Vmpl::Vmpl1;
        guest.sev_features = 1;
        EXPECT_TRUE(guest.ram.add({Gpa{0}, Gpa{0xa'0000}}));
        EXPECT_TRUE(guest.ram.add({Gpa{0xc'0000}, Gpa{2 * mib}}));
        EXPECT_TRUE(guest.ram.add({Gpa{4 * mib}, region.begin}));
        EXPECT_TRUE(guest.ram.add({region.end, Gpa{256 * mib}}));
        block.guest_kind = abi::adyton::GuestKind::Linux;
        block.guest_entry = 0x100'0200;
        block.boot_params_gpa = 0x1'0000;
        block.acpi_gpa = acpi.begin.value();
        block.acpi_bytes = static_cast<std::uint32_t>(acpi.size());
    }
    [[nodiscard]] BootRegionPlan plan() const {
        return {guest, cpuid, secrets, region, sim::Machine::c_bit, true, abi::adyton::GuestKind::Linux};
    }
    /// Type of the memory at `address` as the map says; 0: it says nothing.
    [[nodiscard]] std::uint32_t type_at(std::uint64_t address) const {
        for (unsigned i = 0; i < params.e820_count; ++i) {
            const E820Entry entry = params.e820[i];
            if (address >= entry.address && address - entry.address < entry.bytes)
                return static_cast<std::uint32_t>(entry.type);
        }
        return 0;
    }
    sim::Machine m{1 * mib};
    abi::SecretsPage secrets{};
    abi::CpuidPage cpuid{};
    Guest guest;
    abi::adyton::BootBlock block{};
    BootParams params{};
    PageBuffer buffer{};
};

TEST_F(LinuxStart, the_map_calls_ram_what_the_kernel_may_use_and_nothing_else) {
    ASSERT_TRUE(fill_e820(params, plan(), acpi));
    constexpr std::uint32_t ram = 1, reserved = 2, tables = 3, nothing = 0;
    EXPECT_EQ(type_at(0), ram);
    EXPECT_EQ(type_at(0x1'3fff), ram);
    EXPECT_EQ(type_at(0x1'4000), tables);
    EXPECT_EQ(type_at(0x1'6000), ram);
    for (const std::uint64_t rom : {0xa'0000u, 0xc'0000u, 0xf'ffffu}) EXPECT_EQ(type_at(rom), reserved);
    EXPECT_EQ(type_at(1 * mib), ram);
    EXPECT_EQ(type_at(2 * mib), nothing) << "no memory of the guest's";
    EXPECT_EQ(type_at(4 * mib), ram);
    EXPECT_EQ(type_at(boot_region.begin.value()), reserved) << "secrets are not RAM";
    EXPECT_EQ(type_at(boot_region.end.value()), ram);
    EXPECT_EQ(type_at(region.begin.value()), reserved);
    EXPECT_EQ(type_at(region.end.value() - 1), reserved);
    EXPECT_EQ(type_at(region.end.value()), ram);
    EXPECT_EQ(type_at(256 * mib), nothing);
}

TEST_F(LinuxStart, the_map_ascends_without_overlap) {
    ASSERT_TRUE(fill_e820(params, plan(), acpi));
    std::uint64_t end = 0;
    for (unsigned i = 0; i < params.e820_count; ++i) {
        const E820Entry entry = params.e820[i];
        EXPECT_GE(+entry.address, end);
        EXPECT_GT(+entry.bytes, 0u);
        end = entry.address + entry.bytes;
    }
}

TEST_F(LinuxStart, the_blob_names_secrets_and_cpuid) {
    CcBlob blob{};
    fill_cc_blob(blob);
    EXPECT_EQ(+blob.magic, 0x4544'4d41u);
    EXPECT_EQ(+blob.version, 1);
    EXPECT_EQ(+blob.secrets, boot_region_at(L::secrets).value());
    EXPECT_EQ(+blob.cpuid, boot_region_at(L::cpuid).value());
    EXPECT_EQ(+blob.secrets_bytes, 4096u);
    EXPECT_EQ(+blob.cpuid_bytes, 4096u);
    EXPECT_EQ(blob.reserved_6 | blob.reserved_14 | blob.reserved_24, 0u);
}

TEST_F(LinuxStart, boot_parameters_keep_what_was_measured) {
    m.launch_for_guest({Gpa{0x1'0000}, Gpa{0x1'1000}}, abi::Vmpl::Vmpl1);
    params.header.command_line = 0x1'2000;
    m.poke(Gpa{0x1'0000}, params);
    ASSERT_TRUE(finish_boot_params(plan(), block, buffer));
    params = m.peek<BootParams>(Gpa{0x1'0000});
    EXPECT_EQ(+params.header.command_line, 0x1'2000u);
    EXPECT_EQ(+params.acpi_rsdp, 0x1'4000u);
    EXPECT_GE(+params.e820_count, 2);
    EXPECT_EQ(type_at(0x1'4000), 3u);
}

TEST_F(LinuxStart, ends_the_boot_when_the_parameters_are_not_there) {
    EXPECT_EQ(finish_boot_params(plan(), block, buffer).error(), Termination::GuestMemory);
}

TEST_F(LinuxStart, starts_at_the_64_bit_entry) {
    abi::Vmsa vmsa{};
    fill_linux_vmsa(vmsa, plan(), block);
    const model::RmpEntry page{.assigned = true, .validated = true, .vmsa = true};
    EXPECT_TRUE(model::check_vmrun(page, vmsa, abi::Vmpl::Vmpl1, {}).has_value());
    EXPECT_EQ(vmsa.rip, 0x100'0200u);
    EXPECT_EQ(vmsa.rsi, 0x1'0000u);
    EXPECT_EQ(vmsa.cs.selector, 0x10);
    EXPECT_EQ(vmsa.ds.selector, 0x18);
    EXPECT_EQ(vmsa.ss.selector, 0x18);
    EXPECT_EQ(vmsa.rflags & 0x600, 0u) << "no interrupts, strings upwards";
    fill_linux_gdt(buffer);
    EXPECT_EQ(buffer.words[0], 0u);
    EXPECT_EQ(buffer.words[2] >> 40 & 0x9a, 0x9au) << "code";
    EXPECT_EQ(buffer.words[3] >> 40 & 0x92, 0x92u) << "data";
    EXPECT_GE(vmsa.gdtr.limit, 0x1f);
}

}  // namespace
}  // namespace svsm
