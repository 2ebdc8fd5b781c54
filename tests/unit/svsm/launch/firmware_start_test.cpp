// SPDX-License-Identifier: MIT
// A firmware gets what its metadata ask for, and not one page more.
#include "svsm/launch/firmware_start.hpp"

#include <functional>

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"

namespace svsm {
namespace {

using abi::Vmpl;
using abi::adyton::BootBlock;
using model::AccessKind;

constexpr std::uint64_t memory_bytes = 16 << 20, region = 0x60'0000, region_bytes = 0x20'0000;
constexpr GpaRange window{Gpa{0xc0'0000}, Gpa{0xc0'4000}};
constexpr Gpa secrets_page{0x40'd000}, cpuid_page{0x40'e000}, area{0x40'f000};

BootBlock sound_block() {
    BootBlock block{};
    block.guest_kind = abi::adyton::GuestKind::Firmware;
    block.region_gpa = region;
    block.region_bytes = region_bytes;
    block.firmware_gpa = 0xffc0'0000;
    block.firmware_bytes = 0x40'0000;
    block.firmware_section_count = 5;
    block.firmware_sections = {{{0x40'0000, 0x9000, 1},
                                {0x40'd000, 0x1000, 2},
                                {0x40'e000, 0x1000, 3},
                                {0x40'f000, 0x1000, 4},
                                {0x41'0000, 0x1'0000, 1}}};
    return block;
}

class FirmwareStart : public testing::Test {
protected:
    FirmwareStart() {
        m.launch({Gpa{0x40'0000}, Gpa{0x42'0000}});
        m.launch(window);
        m.fill({Gpa{0}, Gpa{memory_bytes}}, 0x5e);
        secrets.version = 3;
        for (unsigned vmpl = 0; vmpl < 4; ++vmpl) std::memset(secrets.vmpck[vmpl], 0xa0 + static_cast<int>(vmpl), 32);
        cpuid.count = 2;
        cpuid.entries[0] = {.eax_in = abi::CpuidBasic::function, .eax = 0x80'0f12};
        cpuid.entries[1] = {.eax_in = abi::CpuidSev::function, .eax = 0x1a, .ebx = 47};
        guest.vmpl = Vmpl::Vmpl2;
        guest.sev_features = 1;
        guest.window = window;
        EXPECT_TRUE(guest.ram.add({Gpa{0}, Gpa{0xa'0000}}));
        EXPECT_TRUE(guest.ram.add({Gpa{0x10'0000}, Gpa{region}}));
        RamMap all = guest.ram;
        EXPECT_TRUE(all.add(window));
        guest.pages.start({Gpa{region}, Gpa{region + region_bytes}}, RamBlocks{all}, states, directory, {});
    }
    [[nodiscard]] BootRegionPlan plan() const {
        return {.guest = guest,
                .cpuid = cpuid,
                .secrets = secrets,
                .svsm_region = {Gpa{region}, Gpa{region + region_bytes}},
                .c_bit = 47,
                .starts_shared = true,
                .kind = block.guest_kind,
                .calling_area = first_calling_area(block)};
    }
    [[nodiscard]] bool is_given(Gpa page) const {
        for (const auto kind : {AccessKind::Read, AccessKind::Write, AccessKind::ExecuteUser, AccessKind::ExecuteSupervisor})
            if (!m.rmp_allows(guest.vmpl, kind, page)) return false;
        return guest.pages.state(page) == PageState::Guests;
    }
    [[nodiscard]] bool is_wanted(Gpa page) const {
        if (window.contains(page)) return true;
        for (std::size_t i = 0; i < block.firmware_section_count; ++i)
            if (section_range(block.firmware_sections[i]).contains(page)) return true;
        return false;
    }
    static void expect_insane(const std::function<void(BootBlock&)>& change) {
        BootBlock block = sound_block();
        change(block);
        EXPECT_FALSE(firmware_is_sane(block));
    }

    BootBlock block = sound_block();
    sim::Machine m{memory_bytes};
    Guest guest;
    abi::SecretsPage secrets{};
    abi::CpuidPage cpuid{};
    PageBuffer buffer{};
    std::array<BlockStates, 8> states{};
    std::array<Region*, 8> directory{};
};

TEST_F(FirmwareStart, a_sound_block_passes) {
    EXPECT_TRUE(firmware_is_sane(block));
    EXPECT_TRUE(firmware_is_sane(BootBlock{}));
}

TEST_F(FirmwareStart, the_file_ends_at_4_gib) {
    expect_insane([](BootBlock& b) { b.firmware_gpa -= 0x1000; });
    expect_insane([](BootBlock& b) { b.firmware_gpa += 0x800, b.firmware_bytes -= 0x800; });
    expect_insane([](BootBlock& b) { b.firmware_gpa = 1ull << 32, b.firmware_bytes = 0; });
    expect_insane([](BootBlock& b) { b.firmware_gpa = 0xfeff'f000, b.firmware_bytes = 0x100'1000; });
    expect_insane([](BootBlock& b) { b.firmware_bytes = ~0xfffull; });
}

TEST_F(FirmwareStart, sections_are_pages_and_collide_with_nothing) {
    const auto move_last = [](std::uint32_t gpa, std::uint32_t bytes) {
        return [=](BootBlock& b) { b.firmware_sections[4] = {gpa, bytes, 1}; };
    };
    expect_insane(move_last(0x41'0800, 0x1000));
    expect_insane(move_last(0x41'0000, 0x800));
    expect_insane(move_last(0x41'0000, 0));
    expect_insane(move_last(0x40'8000, 0x1000));
    expect_insane(move_last(0xffff'f000, 0x1000));
    expect_insane(move_last(0xffff'f000, 0xffff'f000));
    expect_insane(move_last(0x5f'f000, 0x2000));
    expect_insane(move_last(0x9'f000, 0x2000));
    expect_insane([](BootBlock& b) { b.firmware_section_count = 17; });
}

TEST_F(FirmwareStart, secrets_cpuid_and_calling_area_are_one_page_each) {
    for (std::size_t i = 1; i <= 3; ++i) {
        expect_insane([=](BootBlock& b) { b.firmware_sections[i].type = 1; });
        expect_insane([=](BootBlock& b) { b.firmware_sections[4] = {0x41'0000, 0x1000, b.firmware_sections[i].type}; });
    }
    expect_insane([](BootBlock& b) { b.firmware_sections[4] = {}, b.firmware_sections[3].bytes = 0x2000; });
}

TEST_F(FirmwareStart, other_guests_name_no_firmware_and_firmware_no_segments) {
    expect_insane([](BootBlock& b) { b.guest_kind = abi::adyton::GuestKind::Elf; });
    expect_insane([](BootBlock& b) { b.guest_segment_count = 1; });
}

TEST_F(FirmwareStart, gives_the_loaded_pages_with_all_rights_and_no_other) {
    ASSERT_TRUE(hand_over_firmware(guest, block).has_value());
    for (Gpa page{0}; page.value() < memory_bytes; page = page + page_bytes) {
        EXPECT_EQ(is_given(page), is_wanted(page)) << std::hex << page.value();
        if (!is_wanted(page)) EXPECT_EQ(guest.pages.state(page), PageState::NotValidated);
    }
    EXPECT_TRUE(m.is_filled_with(window, 0x5e));
}

TEST_F(FirmwareStart, a_loaded_page_that_is_gone_ends_the_boot) {
    m.host_takes(window.begin);
    EXPECT_EQ(hand_over_firmware(guest, block).error(), Termination::GuestMemory);
}

TEST_F(FirmwareStart, the_secrets_page_names_the_svsm_and_has_no_key_of_a_level_above) {
    ASSERT_TRUE(hand_over_firmware(guest, block).has_value());
    ASSERT_TRUE(fill_firmware_pages(plan(), block, buffer).has_value());
    const auto page = m.peek<abi::SecretsPage>(secrets_page);
    EXPECT_EQ(page.svsm_base, region);
    EXPECT_EQ(page.svsm_size, region_bytes);
    EXPECT_EQ(page.svsm_caa, area.value());
    EXPECT_EQ(page.svsm_guest_vmpl, 2);
    EXPECT_EQ(page.vmpck[0][0], std::uint8_t{0});
    EXPECT_EQ(page.vmpck[1][0], std::uint8_t{0});
    EXPECT_EQ(page.vmpck[2][0], std::uint8_t{0xa2});
    for (const std::uint64_t word : buffer.words) EXPECT_EQ(word, 0u) << "a key is left behind";
}

TEST_F(FirmwareStart, the_cpuid_page_says_that_there_is_an_svsm) {
    ASSERT_TRUE(hand_over_firmware(guest, block).has_value());
    ASSERT_TRUE(fill_firmware_pages(plan(), block, buffer).has_value());
    const auto page = m.peek<abi::CpuidPage>(cpuid_page);
    EXPECT_EQ(page.count, 2u);
    EXPECT_TRUE(abi::CpuidSev::Svsm::test(page.entries[1].eax));
}

TEST_F(FirmwareStart, secrets_go_to_no_page_that_the_host_has_taken) {
    ASSERT_TRUE(hand_over_firmware(guest, block).has_value());
    m.host_takes(secrets_page);
    EXPECT_EQ(fill_firmware_pages(plan(), block, buffer).error(), Termination::GuestMemory);
    for (const std::uint64_t word : buffer.words) EXPECT_EQ(word, 0u);
}

TEST_F(FirmwareStart, the_first_instruction_is_16_bytes_below_4_gib_in_real_mode) {
    abi::Vmsa vmsa{};
    fill_firmware_vmsa(vmsa, plan());
    EXPECT_EQ(vmsa.cs.base + vmsa.rip, 0xffff'fff0u);
    EXPECT_EQ(vmsa.cr0 & 0x8000'0001u, 0u);
    EXPECT_EQ(vmsa.cs.attributes, 0x9b);
    EXPECT_EQ(vmsa.vmpl, 2);
    EXPECT_EQ(vmsa.rdx, 0x80'0f12u);
    EXPECT_EQ(vmsa.efer, 0x1000u);
    EXPECT_EQ(vmsa.sev_features, 1u);
    EXPECT_EQ(vmsa.rsp, 0u);
}

}  // namespace
}  // namespace svsm
