// SPDX-License-Identifier: MIT
// Every reason to end the boot before the SVSM relies on a value.
#include "svsm/boot/checks.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"
#include "svsm/guest/guest.hpp"

namespace svsm {
namespace {

using abi::adyton::BootBlock;

constexpr std::uint64_t region = 0x800'0000, region_bytes = 0x80'0000;

BootBlock sound_block() {
    BootBlock block{};
    block.magic = abi::adyton::boot_block_magic;
    block.version = abi::adyton::boot_block_version;
    block.c_bit = 47;
    block.region_gpa = region;
    block.region_bytes = region_bytes;
    block.image_end_gpa = region + 0x10'0000;
    block.page_table_gpa = region + 0x1000;
    block.cpuid_gpa = region + 0x2000;
    block.secrets_gpa = region + 0x3000;
    block.memory_map_gpa = region + 0x4000;
    block.general_gpa = region + 0x5000;
    block.guest_vmpl = 1;
    block.guest_segment_count = 2;
    block.guest_segments[0] = {0x100'0000, 0x3000};
    block.guest_segments[1] = {0x110'0000, 0x1000};
    return block;
}
RamMap sound_ram() {
    RamMap ram;
    EXPECT_TRUE(ram.add({Gpa{0}, Gpa{0xa'0000}}));
    EXPECT_TRUE(ram.add({Gpa{0x40'0000}, Gpa{0x1000'0000}}));
    return ram;
}
abi::CpuidPage sound_cpuid() {
    abi::CpuidPage page{};
    page.count = 2;
    page.entries[0] = {.eax_in = abi::CpuidExtended8::function};
    page.entries[1] = {.eax_in = abi::CpuidSev::function, .ebx = 47};
    return page;
}

class Checks : public testing::Test {
protected:
    template <class Change>
    static void expect_bad_block(Change change) {
        auto block = sound_block();
        change(block);
        const auto result = check_boot_block(block);
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error(), Termination::BootBlock);
    }
    sim::Machine m{0x1'0000};
};

TEST_F(Checks, a_sound_image_passes) {
    EXPECT_TRUE(check_boot_block(sound_block()).has_value());
    EXPECT_TRUE(check_cpuid_page(sound_cpuid()).has_value());
    EXPECT_TRUE(check_c_bit(sound_cpuid(), 47).has_value());
    EXPECT_TRUE(check_invlpgb().has_value());
    EXPECT_TRUE(guest_ram(sound_ram(), sound_block()).has_value());
}

// The SVSM writes into the boot parameters: they must not be a page of its own, nor one that
// the host brought.
TEST_F(Checks, what_linux_is_told_of_was_loaded_with_it) {
    auto block = sound_block();
    block.guest_kind = abi::adyton::GuestKind::Linux;
    block.boot_params_gpa = 0x100'0000;
    block.acpi_gpa = 0x100'1000;
    block.acpi_bytes = 0x2000;
    EXPECT_TRUE(check_boot_block(block).has_value());
    const auto refuses = [&](auto change) {
        auto changed = block;
        change(changed);
        EXPECT_EQ(check_boot_block(changed).error(), Termination::BootBlock);
    };
    for (const std::uint64_t page :
         {region, region + region_bytes, std::uint64_t{0x100'3000}, std::uint64_t{0x100'0800}})
        refuses([&](BootBlock& b) { b.boot_params_gpa = page; });
    refuses([](BootBlock& b) { b.acpi_bytes = 0x3000; });
    refuses([](BootBlock& b) { b.acpi_gpa = region; });
    refuses([](BootBlock& b) { b.acpi_gpa = ~0xfffull, b.acpi_bytes = 0x1000; });
    refuses([](BootBlock& b) { b.guest_kind = static_cast<abi::adyton::GuestKind>(2); });
    block.acpi_bytes = 0;
    EXPECT_TRUE(check_boot_block(block).has_value()) << "tables are optional";
}

TEST_F(Checks, vmpl0_is_proved_by_rmpadjust_and_gives_nothing_away) {
    m.launch({Gpa{0x1000}, Gpa{0x2000}});
    const Va own = machine::map_window(machine::Window::Scratch4K, Gpa{0x1000});
    EXPECT_TRUE(check_vmpl0(own).has_value());
    EXPECT_EQ(m.entry(Gpa{0x1000}).permissions[1], 0);
    m.rmpadjust_result = [](Gpa) { return machine::RmpadjustError::FailPermission; };
    EXPECT_EQ(check_vmpl0(own).error(), Termination::NotVmpl0);
}

TEST_F(Checks, sev_features_must_be_snp_and_nothing_that_changes_the_rules) {
    EXPECT_EQ(check_sev_features(), 1u);
    const auto status = [&](std::uint64_t value) {
        m.msrs[abi::Msr::SevStatus] = value;
        return check_sev_features();
    };
    for (const std::uint64_t missing : {1u, 2u, 4u})
        EXPECT_EQ(status(7 & ~missing).error(), Termination::SevFeatures);
    // Debug swap, IBS, BTB isolation, SMT protection and a flush at entry do not affect the SVSM; with
    // restricted injection (3) the host can inject less, and Secure TSC (9) costs it one message.
    for (const unsigned bit : {3u, 5u, 6u, 7u, 9u, 15u, 21u}) EXPECT_EQ(status(7 | 4ull << bit), 1 | 1ull << bit);
    for (const unsigned bit : {1u, 2u, 4u, 8u, 10u, 14u, 16u, 20u, 22u, 40u})
        EXPECT_EQ(status(7 | 4ull << bit).error(), Termination::SevFeatures) << bit;
}

TEST_F(Checks, cr4_gets_the_guards_that_the_cpu_has) {
    auto page = sound_cpuid();
    EXPECT_EQ(cr4_guards(page), 0u);
    auto& leaf = page.entries[page.count++];
    leaf = {.eax_in = abi::CpuidStructured::function, .ebx = 1u << 7 | 1u << 20, .ecx = 1u << 2};
    EXPECT_EQ(cr4_guards(page), 0x30'0800u);
    leaf.ebx = 1u << 7;
    leaf.ecx = 0;
    EXPECT_EQ(cr4_guards(page), 0x10'0000u);
    leaf.ebx = leaf.ecx = ~0u;
    EXPECT_EQ(cr4_guards(page), 0x30'0800u) << "and nothing else";
    leaf.ecx_in = 1;
    EXPECT_EQ(cr4_guards(page), 0u);
}

TEST_F(Checks, the_boot_block_must_be_one) {
    expect_bad_block([](BootBlock& block) { block.magic ^= 1; });
    expect_bad_block([](BootBlock& block) { ++block.version; });
}

TEST_F(Checks, pages_may_move_or_may_not) {
    expect_bad_block([](BootBlock& block) { block.page_moves = static_cast<abi::adyton::PageMoves>(2); });
    expect_bad_block([](BootBlock& block) { block.own_report = static_cast<abi::adyton::OwnReport>(2); });
}

TEST_F(Checks, the_c_bit_must_be_a_possible_one) {
    expect_bad_block([](BootBlock& block) { block.c_bit = 31; });
    expect_bad_block([](BootBlock& block) { block.c_bit = 52; });
}

TEST_F(Checks, the_region_must_be_sound) {
    expect_bad_block([](BootBlock& block) { block.region_gpa += 0x1000; });
    expect_bad_block([](BootBlock& block) { block.region_bytes = 0; });
    expect_bad_block([](BootBlock& block) { block.region_bytes += 8; });
    expect_bad_block([](BootBlock& block) { block.region_bytes = ~0ull << 12; });
    expect_bad_block([](BootBlock& block) { block.region_bytes = abi::adyton::svsm_max_bytes + 0x1000; });
    expect_bad_block(
        [](BootBlock& block) { block.image_end_gpa = block.region_gpa + block.region_bytes + 0x1000; });
    expect_bad_block([](BootBlock& block) { block.image_end_gpa = block.region_gpa - 0x1000; });
    expect_bad_block([](BootBlock& block) { block.image_end_gpa += 8; });
}

TEST_F(Checks, the_loaded_pages_must_lie_in_the_image) {
    for (std::uint64_t BootBlock::*page :
         {&BootBlock::page_table_gpa, &BootBlock::cpuid_gpa, &BootBlock::secrets_gpa,
          &BootBlock::memory_map_gpa, &BootBlock::general_gpa}) {
        expect_bad_block([=](BootBlock& block) { block.*page += 8; });
        expect_bad_block([=](BootBlock& block) { block.*page = block.image_end_gpa; });
        expect_bad_block([=](BootBlock& block) { block.*page = block.region_gpa - 0x1000; });
    }
}

TEST_F(Checks, the_guest_must_be_below_the_svsm) {
    expect_bad_block([](BootBlock& block) { block.guest_vmpl = 0; });
    expect_bad_block([](BootBlock& block) { block.guest_vmpl = 4; });
}

TEST_F(Checks, guest_segments_must_be_pages) {
    expect_bad_block([](BootBlock& block) {
        block.guest_segments.fill({0x100'0000, 0x1000});
        block.guest_segment_count = 17;
    });
    expect_bad_block([](BootBlock& block) { block.guest_segments[1].gpa += 8; });
    expect_bad_block([](BootBlock& block) { block.guest_segments[1].bytes = 0; });
    expect_bad_block([](BootBlock& block) { block.guest_segments[1].bytes = ~0ull << 12; });
}

TEST_F(Checks, the_number_of_vcpus_must_be_one_that_can_be_served) {
    EXPECT_TRUE(check_parameters({1, 0}).has_value());
    EXPECT_TRUE(check_parameters({max_vcpus, 0}).has_value());
    EXPECT_EQ(check_parameters({0, 0}).error(), Termination::BootBlock);
    EXPECT_EQ(check_parameters({max_vcpus + 1, 0}).error(), Termination::BootBlock);
    EXPECT_EQ(check_parameters({~0u, 0}).error(), Termination::BootBlock);
}

TEST_F(Checks, the_cpuid_page_must_have_its_leaves) {
    auto page = sound_cpuid();
    page.count = 0;
    EXPECT_EQ(check_cpuid_page(page).error(), Termination::CpuidTable);
    page.count = 65;
    EXPECT_EQ(check_cpuid_page(page).error(), Termination::CpuidTable);
    page.count = 1;
    EXPECT_EQ(check_cpuid_page(page).error(), Termination::CpuidTable) << "a leaf behind the count is none";
    page.count = 2;
    page.entries[1].eax_in = 0;
    EXPECT_EQ(check_cpuid_page(page).error(), Termination::CpuidTable);
}

TEST_F(Checks, the_c_bit_of_the_cpu_must_be_that_of_the_image) {
    EXPECT_EQ(check_c_bit(sound_cpuid(), 51).error(), Termination::CBit);
    EXPECT_EQ(check_c_bit(abi::CpuidPage{}, 47).error(), Termination::CBit);
}

TEST_F(Checks, invlpgb_is_tried) {
    EXPECT_TRUE(check_invlpgb().has_value());
    EXPECT_EQ(m.flushes(), 1u);
    m.has_invlpgb = false;
    EXPECT_EQ(check_invlpgb().error(), Termination::NoInvlpgb);
}

TEST_F(Checks, the_secrets_page_must_have_a_version) {
    abi::SecretsPage page{};
    EXPECT_EQ(check_secrets(page).error(), Termination::SecretsPage);
    page.version = 3;
    EXPECT_TRUE(check_secrets(page).has_value());
}

TEST_F(Checks, guest_ram_is_what_the_svsm_leaves) {
    const auto ram = guest_ram(sound_ram(), sound_block());
    ASSERT_TRUE(ram.has_value());
    EXPECT_FALSE(ram->contains({Gpa{region}, Gpa{region + 0x1000}}));
    EXPECT_FALSE(ram->contains({Gpa{region + region_bytes - 0x1000}, Gpa{region + region_bytes}}));
    EXPECT_TRUE(ram->contains({Gpa{region + region_bytes}, Gpa{0x1000'0000}}));
}

// QEMU's memory map says that screen and ROMs are RAM, and QEMU ends the VM that validates them.
TEST_F(Checks, screen_and_roms_are_never_the_guests_ram) {
    RamMap all;
    EXPECT_TRUE(all.add({Gpa{0}, Gpa{0x1000'0000}}));
    const auto ram = guest_ram(all, sound_block());
    ASSERT_TRUE(ram.has_value());
    EXPECT_EQ(ram->begin()->end, Gpa{0xa'0000});
    EXPECT_EQ((ram->begin() + 1)->begin, Gpa{0x10'0000});
}

TEST_F(Checks, roms_that_the_image_loaded_need_no_ram) {
    auto block = sound_block();
    block.guest_segments[0] = {0xc'0000, 0x4'0000};
    EXPECT_TRUE(guest_ram(sound_ram(), block).has_value());
    for (const auto& [gpa, bytes] :
         {std::pair{0xb'f000u, 0x2000u}, {0xf'f000u, 0x2000u}, {0xa'0000u, 0x1000u}}) {
        block.guest_segments[0] = {gpa, bytes};
        EXPECT_EQ(guest_ram(sound_ram(), block).error(), Termination::BootBlock) << std::hex << gpa;
    }
}

class ApicIdList : public testing::Test {
protected:
    using Words = std::vector<std::uint32_t>;
    static Words ids_of(std::span<const Vcpu> vcpus) {
        Words words;
        for (const Vcpu& vcpu : vcpus) words.push_back(vcpu.apic_id);
        return words;
    }
    static std::optional<Words> ids(const Words& list, std::uint32_t own = 0) {
        std::array<Vcpu, 4> vcpus{};
        const auto checked = take_apic_ids(list, own, vcpus);
        if (checked) return ids_of(vcpus);
        EXPECT_EQ(checked.error(), Termination::ApicIds);
        return std::nullopt;
    }
};

TEST_F(ApicIdList, may_have_gaps_and_any_order) {
    EXPECT_EQ(ids({4, 0, 1, 4, 5}), (Words{0, 1, 4, 5}));
    EXPECT_EQ(ids({4, 5, 4, 1, 0, 77}, 4), (Words{4, 5, 1, 0})) << "the boot vCPU is the first";
    EXPECT_EQ(ids({4, 4095, 0, 1, 2}), (Words{0, 4095, 1, 2}));
}
TEST_F(ApicIdList, has_as_many_as_the_image_was_told) {
    for (const std::uint32_t count : {0u, 3u, 5u, ~0u}) EXPECT_FALSE(ids({count, 0, 1, 2, 3, 4}));
    EXPECT_FALSE(ids({4, 0, 1, 2})) << "cut off";
    EXPECT_FALSE(ids({}));
}
TEST_F(ApicIdList, names_nobody_twice) {
    EXPECT_FALSE(ids({4, 0, 1, 1, 2}));
    EXPECT_FALSE(ids({4, 0, 1, 2, 0}));
}
TEST_F(ApicIdList, has_our_own_in_it) {
    EXPECT_FALSE(ids({4, 1, 2, 3, 4}));
    EXPECT_FALSE(ids({4, 0, 1, 2, 3}, 4));
}
TEST_F(ApicIdList, ends_below_the_limit) {
    EXPECT_FALSE(ids({4, 0, 1, 2, 4096}));
    EXPECT_FALSE(ids({4, 0, 1, 2, ~0u}));
}
TEST_F(ApicIdList, is_counted_where_the_host_has_none) {
    std::array<Vcpu, max_vcpus> vcpus{};
    count_apic_ids(std::span{vcpus}.first(3));
    EXPECT_EQ(ids_of(std::span{vcpus}.first(3)), (Words{0, 1, 2}));
    count_apic_ids(vcpus);
    EXPECT_EQ(vcpus.back().apic_id, max_vcpus - 1);
}
TEST_F(ApicIdList, own_id_is_that_of_the_cpuid_page) {
    auto page = sound_cpuid();
    EXPECT_EQ(own_apic_id(page), 0u);
    page.entries[0] = {.eax_in = 1, .ebx = 0x1200'0000};
    EXPECT_EQ(own_apic_id(page), 0x12u);
    page.entries[1] = {.eax_in = 0x8000'001e, .eax = 0x112};
    EXPECT_EQ(own_apic_id(page), 0x112u) << "eight bits are not enough";
}

TEST_F(Checks, stale_lines_are_what_the_cpuid_page_says) {
    auto page = sound_cpuid();
    EXPECT_EQ(host_lines(page), HostLines::Stale);
    page.entries[1].ebx |= 1u << 31;
    EXPECT_EQ(host_lines(page), HostLines::Coherent);
}

TEST_F(Checks, memory_that_the_image_relies_on_must_be_ram) {
    for (const std::uint64_t hole :
         {region, region + region_bytes - 0x1000, std::uint64_t{abi::adyton::guest_boot_region},
          std::uint64_t{0x100'2000}, std::uint64_t{0x110'0000}}) {
        auto ram = sound_ram();
        EXPECT_TRUE(ram.remove({Gpa{hole}, Gpa{hole + 0x1000}}));
        EXPECT_EQ(guest_ram(ram, sound_block()).error(), Termination::BootBlock) << std::hex << hole;
    }
}

TEST_F(Checks, guest_segments_may_not_lie_in_the_svsm_or_the_boot_region) {
    auto block = sound_block();
    block.guest_segments[0] = {region + 0x1000, 0x1000};
    EXPECT_EQ(guest_ram(sound_ram(), block).error(), Termination::BootBlock);
    block.guest_segments[0] = {abi::adyton::guest_boot_region + 0x10'0000, 0x1000};
    EXPECT_EQ(guest_ram(sound_ram(), block).error(), Termination::BootBlock);
}

BootBlock firmware_block() {
    BootBlock block = sound_block();
    block.guest_segment_count = 0;
    block.guest_kind = abi::adyton::GuestKind::Firmware;
    block.firmware_gpa = 0xffc0'0000;
    block.firmware_bytes = 0x40'0000;
    block.firmware_section_count = 4;
    block.firmware_sections = {
        {{0x80'0000, 0x9000, 1}, {0x80'd000, 0x1000, 2}, {0x80'e000, 0x1000, 3}, {0x80'f000, 0x1000, 4}}};
    return block;
}

TEST_F(Checks, firmware_needs_ram_for_its_sections_and_none_for_its_file) {
    EXPECT_TRUE(check_boot_block(firmware_block()).has_value());
    const auto ram = guest_ram(sound_ram(), firmware_block());
    ASSERT_TRUE(ram.has_value());
    EXPECT_TRUE(ram->contains({Gpa{0x80'0000}, Gpa{0x80'9000}}));
    for (const std::uint64_t hole : {region, region + region_bytes - 0x1000, std::uint64_t{0x80'8000},
                                     std::uint64_t{0x80'f000}}) {
        auto less = sound_ram();
        EXPECT_TRUE(less.remove({Gpa{hole}, Gpa{hole + 0x1000}}));
        EXPECT_EQ(guest_ram(less, firmware_block()).error(), Termination::FirmwareMemory) << std::hex << hole;
    }
}

TEST_F(Checks, the_file_of_a_firmware_is_no_ram_even_where_the_host_says_so) {
    auto all = sound_ram();
    EXPECT_TRUE(all.add({Gpa{0xff00'0000}, Gpa{1ull << 32}}));
    const auto ram = guest_ram(all, firmware_block());
    ASSERT_TRUE(ram.has_value());
    EXPECT_TRUE(ram->contains({Gpa{0xffb0'0000}, Gpa{0xffc0'0000}}));
    EXPECT_FALSE(ram->contains({Gpa{0xffc0'0000}, Gpa{0xffc0'1000}}));
}

TEST_F(Checks, a_block_of_firmware_must_not_contradict_itself) {
    BootBlock block = firmware_block();
    block.firmware_sections[3].type = 1;
    EXPECT_EQ(check_boot_block(block).error(), Termination::BootBlock);
}

}  // namespace
}  // namespace svsm
