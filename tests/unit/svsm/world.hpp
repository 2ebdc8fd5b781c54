// SPDX-License-Identifier: MIT
// A small guest on the simulated machine, for both sides of a call: what the guest puts into its VMSA and
// calling area, and what it finds there afterwards.
#pragma once
#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "abi/snp/exit_code.hpp"
#include "abi/snp/vmsa.hpp"
#include "abi/svsm/calling_area.hpp"
#include "abi/svsm/core.hpp"
#include "abi/x86/registers.hpp"
#include "machine/sim/machine.hpp"
#include "svsm/guest/guest.hpp"
#include "svsm/request/request.hpp"

namespace svsm {

using abi::CoreCall, abi::Permission, abi::Vmpl;
using model::AccessKind;
using sim::Step;
using enum Vmpl;
using enum AccessKind;

//   0        guest pages of 4 KiB, valid, the guest's
//   2 MiB    the SVSM
//   4 MiB    one large page of the guest, valid
//   6 MiB    one large page, assigned but not valid
//   8 MiB    end of memory
inline constexpr std::uint64_t megabyte = 1 << 20;
inline constexpr GpaRange small_memory{Gpa{0}, Gpa{2 * megabyte}},
    svsm_region{Gpa{2 * megabyte}, Gpa{4 * megabyte}};
inline constexpr Gpa large_page{4 * megabyte}, unvalidated_large_page{6 * megabyte}, memory_end{8 * megabyte};
/// Pages of the guest with nothing special about them.
inline constexpr Gpa page_a{0x10'0000}, page_b{0x10'1000}, page_c{0x10'2000}, list_page{0x18'0000};
/// Assigned, but not validated; and one that the hypervisor keeps.
inline constexpr Gpa unvalidated_page{0x14'0000}, shared_page{0x15'0000};

/// Literals in a range-based for.
using Words = std::initializer_list<std::uint64_t>;
using Octets = std::initializer_list<std::uint8_t>;

/// Registers that carry a call or its answer.
struct Registers {
    std::uint64_t rax = 0, rcx = 0, rdx = 0, r8 = 0, r9 = 0;
    friend bool operator==(const Registers&, const Registers&) = default;
};

constexpr std::uint64_t code(SvsmError error) { return static_cast<std::uint64_t>(error); }
constexpr std::uint64_t core_call(CoreCall call) { return static_cast<std::uint64_t>(call); }

class World : public testing::Test {
protected:
    static constexpr std::uint32_t cpus = 3;
    static constexpr std::array<std::uint32_t, cpus> apic_ids{0, 4, 9};
    static constexpr Gpa vmsa(unsigned cpu) { return Gpa{0x2'1000 + cpu * 0x10000ull}; }
    static constexpr Gpa calling_area(unsigned cpu) { return Gpa{0x2'2000 + cpu * 0x10000ull}; }

    /// CPUs 0 and 1 have a guest vCPU at `vmpl`, CPU 2 waits for one.
    explicit World(Vmpl vmpl = Vmpl1) {
        m.launch_for_guest(small_memory, vmpl);
        m.launch(svsm_region);
        m.fill(svsm_region, 0x5e);
        m.assign_large(large_page);
        m.assign_large(unvalidated_large_page);
        accept_large_page(vmpl);
        for (const Gpa page : {shared_page, unvalidated_page}) m.host_takes(page);
        m.host_gives(unvalidated_page);

        guest.vmpl = vmpl;
        levels.fill(vmpl);
        guest.sev_features = 1;
        guest.vcpus = vcpus;
        EXPECT_TRUE(guest.ram.add(small_memory));
        EXPECT_TRUE(guest.ram.add({large_page, memory_end}));
        guest.lock.start(readers);
        start_pages();
        guest.startup_vmsa = vmsa(0);
        for (std::uint32_t i = 0; i < cpus; ++i) {
            guest.vcpus[i].index = i;
            guest.vcpus[i].apic_id = apic_ids[i];
            guest.vcpus[i].is_boot = i == 0;
            guest.vcpus[i].scratch = &scratch[i];
            guest.vcpus[i].reader = &readers[i];
        }
        for (std::uint32_t i = 0; i < 2; ++i) start_vcpu(i);
    }

    void start_vcpu(std::uint32_t i) {
        if (state(vmsa(i)) == PageState::Guests)
            guest.pages.change<PageState::Guests, PageState::Dirty>(vmsa(i));
        write_vmsa(vmsa(i));
        m.launch_vmsa(vmsa(i), guest.vmpl);
        m.poke(calling_area(i), std::uint64_t{0});
        guest.set_vcpu(guest.vcpus[i], guest.vmpl, vmsa(i), calling_area(i));
    }
    [[nodiscard]] bool is_private(Gpa page) const {
        return !guest.pages.are_ordinary({page, page + page_bytes});
    }
    [[nodiscard]] PageState state(Gpa page) const { return guest.pages.state(page); }
    /// The guest's page, or a dirty one, becomes one that was never validated, as after a rescind and a trip
    /// to the host.
    void renew(Gpa page) {
        if (m.entry(page).assigned) m.host_takes(page);
        m.host_gives(page);
        if (state(page) == PageState::Guests) guest.pages.change<PageState::Guests, PageState::Dirty>(page);
        if (state(page) == PageState::Dirty)
            guest.pages.change<PageState::Dirty, PageState::NotValidated>(page);
    }
    /// What a guest writes into a page that is to become a VMSA.
    void write_vmsa(Gpa at) {
        abi::Vmsa image{};
        image.vmpl = static_cast<std::uint8_t>(guest.vmpl);
        image.efer = abi::Efer::svme;
        image.sev_features = guest.sev_features;
        m.poke(at, image);
    }

    /// The guest on `cpu` calls, and the SVSM on that CPU serves it once.
    Registers call(unsigned cpu, const Registers& in) {
        request(cpu, in);
        serve(cpu);
        return registers(cpu);
    }
    Registers call(CoreCall which, Registers in = {}, unsigned cpu = 0) {
        in.rax = core_call(which);
        return call(cpu, in);
    }
    /// RAX of a call that takes one argument.
    std::uint64_t result_of(CoreCall which, std::uint64_t rcx = 0) { return call(which, {.rcx = rcx}).rax; }

    /// The level at which the guest's calls of a vCPU are made and expected.
    [[nodiscard]] const Slot& slot(unsigned cpu) const { return guest.vcpus[cpu].slot(levels[cpu]); }
    void request(unsigned cpu, const Registers& in, std::uint8_t pending = 1,
                 abi::ExitCode exit = abi::ExitCode::Vmgexit) {
        const Gpa page = slot(cpu).vmsa;
        m.poke(page + offsetof(abi::Vmsa, rax), in.rax);
        m.poke(page + offsetof(abi::Vmsa, rcx), in.rcx);
        m.poke(page + offsetof(abi::Vmsa, rdx), in.rdx);
        m.poke(page + offsetof(abi::Vmsa, r8), in.r8);
        m.poke(page + offsetof(abi::Vmsa, r9), in.r9);
        m.poke(page + offsetof(abi::Vmsa, guest_exit_code), exit);
        m.poke(slot(cpu).calling_area, pending);
    }
    /// The level that runs next.
    std::optional<Vmpl> serve(unsigned cpu) {
        const sim::Cpu bound{m, cpu};
        const auto next = svsm::serve(guest, guest.vcpus[cpu], views[cpu]);
        return next ? std::optional{next->level} : std::nullopt;
    }
    [[nodiscard]] Registers registers(unsigned cpu) const { return registers_in(slot(cpu).vmsa); }
    [[nodiscard]] Registers registers_in(Gpa page) const {
        const auto image = m.peek<abi::Vmsa>(page);
        return {image.rax, image.rcx, image.rdx, image.r8, image.r9};
    }
    [[nodiscard]] bool is_stopped(Gpa page) const {
        return (m.peek<std::uint64_t>(page + offsetof(abi::Vmsa, efer)) & abi::Efer::svme) == 0;
    }
    [[nodiscard]] std::uint8_t pending(Gpa area) const { return m.peek<std::uint8_t>(area); }

    /// Some VMPL below ours can do this with the page, now or through an old translation.
    [[nodiscard]] bool anyone_may(AccessKind kind, Gpa page) const {
        for (const Vmpl vmpl : {Vmpl1, Vmpl2, Vmpl3})
            if (m.guest_may(vmpl, kind, page)) return true;
        return false;
    }
    [[nodiscard]] bool owns_fully(Vmpl vmpl, Gpa page) const {
        for (const AccessKind kind : {Read, Write, ExecuteUser, ExecuteSupervisor})
            if (!m.rmp_allows(vmpl, kind, page)) return false;
        return true;
    }

    /// Valid system pages that are bound to `page`, mapped or not.
    [[nodiscard]] std::size_t valid_pages_of(Gpa page) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            m.entries(), [=](const auto& entry) { return entry.validated && entry.guest == page; }));
    }
    /// The condition that SNP depends on: no address has two valid system pages, whatever the host mapped.
    void expect_one_valid_page_each() const {
        std::set<std::uint64_t> seen;
        for (const auto& entry : m.entries())
            if (entry.validated)
                EXPECT_TRUE(seen.insert(entry.guest.value()).second)
                    << "two valid pages for " << std::hex << entry.guest.value();
    }

    /// True after every call: no guest accesses the SVSM or writes a VMSA, no translation is stale, no
    /// VMSA is VMPL0's.
    void TearDown() override {
        expect_one_valid_page_each();
        for (std::uint64_t i = 0; i < m.entries().size(); ++i)
            if (m.entries()[i].vmsa)
                EXPECT_NE(m.bytes(Spa{i * page_bytes})[offsetof(abi::Vmsa, vmpl)], std::byte{0})
                    << "a VMSA that runs at VMPL0";
        EXPECT_EQ(m.stale_pages(), 0u) << "the guest keeps old translations";
        for (Gpa page = svsm_region.begin; page < svsm_region.end; page = page + page_bytes)
            EXPECT_FALSE(anyone_may(Read, page) || anyone_may(Write, page)) << "SVSM page reachable";
        EXPECT_TRUE(m.is_filled_with(svsm_region, 0x5e)) << "SVSM memory changed";
        for (const Vcpu& vcpu : guest.vcpus)
            for (const Slot& each : vcpu.slots)
                if (each.present) EXPECT_FALSE(anyone_may(Write, each.vmsa)) << "a VMSA is writable";
        EXPECT_FALSE(m.has_open_look()) << "a window is still open";
    }

    sim::Machine m{memory_end.value()};
    Guest guest;
    std::array<Vcpu, cpus> vcpus{};
    std::array<SharedLock::Reader, cpus> readers{};
    std::array<PageBuffer, cpus> scratch{};
    std::array<Vmpl, cpus> levels;
    /// Blocks of 2 MiB in which there is memory: the SVSM's is none.
    static constexpr std::size_t blocks = 3;
    std::array<BlockStates, blocks> states{};
    std::array<Region*, blocks> directory{};
    std::array<Region, blocks> regions{};
    std::array<VcpuView, cpus> views{};

private:
    /// What the boot leaves behind: all memory is the guest's, but for what `World` says is not validated.
    void start_pages() {
        guest.pages.start(svsm_region, RamBlocks{guest.ram}, states, directory, regions);
        for (const auto block : {small_memory.begin, large_page})
            guest.pages.block_around(block).states->change_all<PageState::NotValidated, PageState::Guests>();
        for (const Gpa page : {shared_page, unvalidated_page}) {
            guest.pages.change<PageState::Guests, PageState::Dirty>(page);
            guest.pages.change<PageState::Dirty, PageState::NotValidated>(page);
        }
    }
    void accept_large_page(Vmpl highest) {
        const Va page = machine::map_window(machine::Window::Scratch2M, large_page);
        EXPECT_TRUE(machine::pvalidate(page, PageSize::Size2M, abi::Validity::Validate).has_value());
        for (unsigned vmpl = 1; vmpl <= static_cast<unsigned>(highest); ++vmpl)
            EXPECT_TRUE(machine::rmpadjust(page, PageSize::Size2M, 0xf00 | vmpl).has_value());
        machine::unmap_window(machine::Window::Scratch2M);
    }
};

}  // namespace svsm
