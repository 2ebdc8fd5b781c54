// SPDX-License-Identifier: MIT
// What a guest finds at its start: nothing of the SVSM's, everything docs/guest-abi.md promises.
#include "svsm/launch/boot_region.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "abi/svsm/core.hpp"
#include "abi/x86/paging.hpp"
#include "machine/sim/machine.hpp"
#include "model/vmrun.hpp"
#include "svsm/launch/boot_page_tables.hpp"

namespace svsm {
namespace {

using abi::Vmpl;
using enum Vmpl;
using model::AccessKind;
using L = abi::adyton::GuestBootLayout;

constexpr GpaRange region{Gpa{0x40'0000}, Gpa{0x60'0000}};
constexpr std::uint64_t c_bit = 1ull << sim::Machine::c_bit;

class BootRegion : public testing::Test {
protected:
    BootRegion() {
        secrets.version = 3;
        secrets.fms = 0xa00f11;
        for (unsigned vmpl = 0; vmpl < 4; ++vmpl)
            std::memset(secrets.vmpck[vmpl], 0xa0 + static_cast<int>(vmpl), 32);
        secrets.tsc_factor = 77;
        cpuid.count = 3;
        cpuid.entries[0] = {.eax_in = 0, .eax = 0x10};
        cpuid.entries[1] = {.eax_in = abi::CpuidSev::function, .eax = 0x1a, .ebx = 0x6f};
        cpuid.entries[2] = {.eax_in = 0x8000'0008, .eax = 0x3030};
        guest.vmpl = Vmpl1;
        guest.sev_features = 1;
        guest.vcpus = vcpus;
        EXPECT_TRUE(guest.ram.add({Gpa{0}, Gpa{0x40'0000}}));
        EXPECT_TRUE(guest.ram.add({Gpa{0x60'0000}, Gpa{0x100'0000}}));
    }
    [[nodiscard]] BootRegionPlan plan(bool starts_shared = true) const {
        return {guest, cpuid, secrets, region, sim::Machine::c_bit, starts_shared};
    }
    [[nodiscard]] BootResult build(bool starts_shared = true) {
        states = {};
        directory = {};
        guest.pages.start(region, RamBlocks{guest.ram}, states, directory, {});
        return build_boot_region(plan(starts_shared), guest.pages, buffer);
    }
    [[nodiscard]] abi::SecretsPage guest_secrets() const {
        abi::SecretsPage page{};
        fill_guest_secrets(page, plan());
        return page;
    }
    template <class T>
    [[nodiscard]] T at(std::uint64_t offset) const {
        return m.peek<T>(boot_region_at(offset));
    }

    sim::Machine m{0x100'0000};
    abi::SecretsPage secrets{};
    abi::CpuidPage cpuid{};
    Guest guest;
    std::array<Vcpu, 4> vcpus{};
    std::array<BlockStates, 7> states{};
    std::array<Region*, 7> directory{};
    PageBuffer buffer{};
};

// With a key of a level above its own, the guest could send messages to the AMD-SP as the SVSM.
TEST_F(BootRegion, secrets_lack_the_keys_of_the_levels_above) {
    for (unsigned level = 1; level < 4; ++level) {
        guest.vmpl = static_cast<Vmpl>(level);
        const auto page = guest_secrets();
        for (unsigned vmpl = 0; vmpl < 4; ++vmpl)
            for (const std::uint8_t byte : page.vmpck[vmpl]) EXPECT_EQ(byte, vmpl < level ? 0 : 0xa0 + vmpl);
    }
}

TEST_F(BootRegion, secrets_announce_the_svsm) {
    guest.vmpl = Vmpl2;
    const auto page = guest_secrets();
    EXPECT_EQ(page.svsm_base, region.begin.value());
    EXPECT_EQ(page.svsm_size, region.size());
    EXPECT_EQ(page.svsm_caa, boot_region_at(L::calling_area).value());
    EXPECT_EQ(page.svsm_max_version, abi::core_protocol_version);
    EXPECT_EQ(page.svsm_guest_vmpl, 2);
}

TEST_F(BootRegion, secrets_keep_what_the_firmware_said) {
    const auto page = guest_secrets();
    EXPECT_EQ(page.version, 3u);
    EXPECT_EQ(page.fms, 0xa00f11u);
    EXPECT_EQ(page.tsc_factor, 77u);
}

TEST_F(BootRegion, cpuid_says_that_there_is_an_svsm_and_nothing_else_new) {
    abi::CpuidPage page{};
    fill_guest_cpuid(page, cpuid);
    auto expected = cpuid;
    expected.entries[1].eax |= 1u << 28;
    EXPECT_EQ(std::memcmp(&page, &expected, sizeof page), 0);
}

TEST_F(BootRegion, info_tells_the_guest_where_everything_is) {
    abi::adyton::GuestInfo info{};
    fill_guest_info(info, plan());
    EXPECT_EQ(info.magic, abi::adyton::guest_info_magic);
    EXPECT_EQ(info.vmpl, 1u);
    EXPECT_EQ(info.cpu_count, 4u);
    EXPECT_EQ(info.c_bit, sim::Machine::c_bit);
    EXPECT_EQ(info.secrets_gpa, boot_region_at(L::secrets).value());
    EXPECT_EQ(info.calling_area_gpa, boot_region_at(L::calling_area).value());
    EXPECT_EQ(info.stack_top, boot_region_at(L::stack_top).value());
    ASSERT_EQ(info.memory_range_count, 3u) << "memory without the boot region";
    EXPECT_EQ(info.memory[1].gpa, 0x60'0000u);
    EXPECT_EQ(info.memory[1].gpa + info.memory[1].bytes, boot_region.begin.value());
    EXPECT_EQ(info.memory[2].gpa, boot_region.end.value());
}

TEST_F(BootRegion, the_boot_vmsa_has_the_clock_of_the_guest) {
    guest.clock = {1ull << 32, 0x1234};
    abi::Vmsa vmsa{};
    fill_guest_vmsa(vmsa, plan(), 0x100'0000);
    EXPECT_EQ(vmsa.tsc_scale, 1ull << 32);
    EXPECT_EQ(vmsa.tsc_offset, 0x1234u);
}

TEST_F(BootRegion, the_boot_vmsa_is_one_that_a_cpu_runs) {
    abi::Vmsa vmsa{};
    fill_guest_vmsa(vmsa, plan(), 0x100'0000);
    const model::RmpEntry page{.assigned = true, .validated = true, .vmsa = true};
    EXPECT_TRUE(model::check_vmrun(page, vmsa, Vmpl1, {}).has_value());
    EXPECT_EQ(vmsa.rip, 0x100'0000u);
    EXPECT_EQ(vmsa.rdi, boot_region_at(L::info).value());
    EXPECT_EQ(vmsa.rsp, boot_region_at(L::stack_top).value());
    EXPECT_EQ(vmsa.cr3, boot_region_at(L::page_tables).value() | c_bit);
    EXPECT_EQ(vmsa.cr0, 0x8001'0033u);
    EXPECT_EQ(vmsa.cr4, 0x668u);
    EXPECT_EQ(vmsa.efer, 0x1d00u);
    EXPECT_EQ(vmsa.rflags, 2u);
    EXPECT_EQ(vmsa.cs.selector, 8);
    EXPECT_EQ(vmsa.cs.attributes, 0xa9b);
    EXPECT_EQ(vmsa.idtr.limit, 0u);
    EXPECT_EQ(vmsa.rax | vmsa.rbx | vmsa.rcx | vmsa.rdx | vmsa.rsi | vmsa.rbp | vmsa.r8 | vmsa.r15, 0u);
    EXPECT_EQ(vmsa.g_pat, 0x0007'0406'0007'0406u);
}

TEST_F(BootRegion, every_page_is_the_guests_but_the_ghcb) {
    ASSERT_TRUE(build().has_value());
    for (Gpa page = boot_region.begin; page < boot_region.end; page = page + page_bytes) {
        const bool is_ghcb = page == boot_region_at(L::ghcb);
        EXPECT_EQ(m.entry(page).assigned, !is_ghcb);
        EXPECT_EQ(m.rmp_allows(Vmpl1, AccessKind::Write, page), !is_ghcb);
        EXPECT_FALSE(m.rmp_allows(Vmpl2, AccessKind::Read, page));
        EXPECT_EQ(guest.pages.state(page), is_ghcb ? PageState::NotValidated : PageState::Guests);
    }
    EXPECT_EQ(m.stale_pages(), 0u);
}

TEST_F(BootRegion, holds_its_pages_where_the_layout_says) {
    ASSERT_TRUE(build().has_value());
    EXPECT_EQ(at<abi::adyton::GuestInfo>(L::info).magic, abi::adyton::guest_info_magic);
    EXPECT_EQ(at<abi::SecretsPage>(L::secrets).svsm_guest_vmpl, 1);
    EXPECT_EQ(at<abi::SecretsPage>(L::secrets).vmpck[0][0], 0);
    EXPECT_EQ(at<abi::CpuidPage>(L::cpuid).count, 3u);
    EXPECT_TRUE(
        m.is_filled_with({boot_region_at(L::calling_area), boot_region_at(L::calling_area) + page_bytes}, 0));
    EXPECT_TRUE(m.is_filled_with({boot_region_at(L::stack), boot_region.end}, 0));
    EXPECT_TRUE(std::ranges::all_of(buffer.words, [](std::uint64_t word) { return word == 0; }))
        << "no keys left behind";
}

TEST_F(BootRegion, asks_for_no_page_that_is_private_already) {
    for (Gpa page = boot_region.begin; page < boot_region.end; page = page + page_bytes) m.host_gives(page);
    ASSERT_TRUE(build(false).has_value());
    EXPECT_FALSE(m.entry(boot_region_at(L::ghcb)).assigned);
}

TEST_F(BootRegion, page_tables_map_4_gib_one_to_one_and_only_the_ghcb_shared) {
    ASSERT_TRUE(build().has_value());
    const std::uint64_t root = boot_region_at(L::page_tables).value();
    const auto walk = [&](std::uint64_t address) {
        std::uint64_t table = root, entry = 0;
        for (unsigned level = 4; level >= 1; --level) {
            entry = m.peek<std::uint64_t>(Gpa{table + 8 * abi::table_index(address, level)});
            if ((entry & abi::Pte::present) == 0) return std::uint64_t{0};
            if (level == 1 || (entry & abi::Pte::large) != 0) break;
            EXPECT_NE(entry & c_bit, 0u) << "tables are private";
            table = entry & abi::Pte::address_mask & ~c_bit;
        }
        return entry;
    };
    for (std::uint64_t address = 0; address < 4ull << 30; address += large_page_bytes) {
        const std::uint64_t entry = walk(address);
        EXPECT_EQ(entry & abi::Pte::address_mask, address | c_bit);
        EXPECT_NE(entry & abi::Pte::writable, 0u);
    }
    for (Gpa page = boot_region.begin; page < boot_region.end; page = page + page_bytes)
        EXPECT_EQ(walk(page.value()) & abi::Pte::address_mask,
                  page.value() | (page == boot_region_at(L::ghcb) ? 0 : c_bit));
    EXPECT_EQ(walk(4ull << 30), 0u);
}

TEST_F(BootRegion, ends_the_boot_when_the_host_refuses_pages) {
    m.host_event_reply = [](abi::Ghcb& ghcb) { ghcb.sw_exit_info_2 = abi::PscError::generic; };
    EXPECT_EQ(build().error(), Termination::PageStateChange);
}

TEST_F(BootRegion, ends_the_boot_when_a_page_is_not_there) {
    m.between = [&](sim::Step step) {
        if (step == sim::Step::Pvalidate && m.entry(boot_region_at(L::gdt)).assigned)
            m.host_takes(boot_region_at(L::gdt));
    };
    EXPECT_EQ(build().error(), Termination::GuestMemory);
}

TEST_F(BootRegion, ends_the_boot_when_a_page_vanishes_before_it_is_filled) {
    for (const std::uint64_t page :
         {L::info, L::secrets, L::cpuid, L::gdt, L::page_tables + 6 * page_bytes}) {
        const Gpa doomed = boot_region_at(page), last = boot_region.end - page_bytes;
        m.host_takes(last);
        m.between = [&](sim::Step) {
            if (m.guest_may(Vmpl1, AccessKind::Write, last) && m.entry(doomed).assigned) m.host_takes(doomed);
        };
        EXPECT_EQ(build().error(), Termination::GuestMemory) << std::hex << page;
        m.between = nullptr;
        for (Gpa each = boot_region.begin; each < boot_region.end; each = each + page_bytes)
            m.host_takes(each);
    }
}

}  // namespace
}  // namespace svsm
