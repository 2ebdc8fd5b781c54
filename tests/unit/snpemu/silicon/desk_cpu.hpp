// SPDX-License-Identifier: MIT
// A vCPU for host tests: RAM in an array, its RMP, registers, and page tables that map the first 2 MiB
// one to one.
#pragma once
#include <array>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include "abi/x86/descriptor.hpp"

#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "snpemu/silicon/cpu_state.hpp"
#include "snpemu/silicon/exception.hpp"
#include "snpemu/silicon/translate.hpp"

namespace snpemu {

inline constexpr unsigned desk_c_bit = 47;
inline constexpr std::uint64_t desk_c_mask = 1ull << desk_c_bit;

/// Page 1 PML4, 2 PDPT, 3 PD, 4 PT, 5 IDT, 6 TSS, 7 stack, 8 IST stack; pages 9.. are free. All private,
/// validated, all rights for every VMPL.
struct DeskCpu {
    static constexpr std::uint64_t pages = 512;
    std::vector<std::byte> bytes = std::vector<std::byte>(pages * page_bytes);
    std::vector<model::Frame> frames = std::vector<model::Frame>(pages);
    std::vector<model::RmpEntry> entries = std::vector<model::RmpEntry>(pages);
    GuestRam ram{.base = bytes.data()};
    model::Rmp rmp{entries, model::NestedMap{frames}};
    abi::VmcbSave save{};
    std::array<std::uint64_t, 16> gpr{};
    std::uint64_t shadow = 1;

    DeskCpu() {
        EXPECT_TRUE(ram.ranges.push_back({Gpa{0}, Gpa{pages * page_bytes}}));
        const GpaRange all{Gpa{0}, Gpa{pages * page_bytes}};
        for (auto page = all.begin; page < all.end; page = page + page_bytes) {
            rmp.launch(page, false);
            rmp.entry(page).permissions.fill(abi::Permission::all);
        }
        constexpr std::uint64_t table = abi::Pte::present | abi::Pte::writable | desk_c_mask;
        qword(0x1000) = 0x2000 | table | abi::Pte::user;
        qword(0x2000) = 0x3000 | table | abi::Pte::user;
        qword(0x3000) = 0x4000 | table | abi::Pte::user;
        for (std::uint64_t i = 0; i < 512; ++i) qword(0x4000 + 8 * i) = i * page_bytes | table;
        save.cr0 = abi::Cr0::pg | abi::Cr0::pe | abi::Cr0::wp;
        save.cr3 = 0x1000 | desk_c_mask;
        save.cr4 = abi::Cr4::pae;
        save.efer = abi::Efer::svme | abi::Efer::nxe | abi::Efer::lme | abi::Efer::lma;
        save.cs = {8, abi::SegmentAttributes::code64, ~0u, 0};
        save.ss = {0x10, abi::SegmentAttributes::data, ~0u, 0};
        save.idtr = {0, 0, 0xfff, 0x5000};
        // The rest of the TSS's page: null, 64-bit code, data, 32-bit code.
        save.gdtr = {0, 0, 31, 0x6800};
        qword(0x6808) = abi::DescriptorValue::code64;
        qword(0x6810) = abi::DescriptorValue::data;
        qword(0x6818) = 0x00cf'9b00'0000'ffff;
        save.tr = {0x18, abi::SegmentAttributes::tss_busy, 0x67, 0x6000};
        save.rip = 0x9123;
        save.rsp = 0x7ff8;
        save.rflags = abi::Rflags::one | abi::Rflags::interrupt;
    }

    std::uint64_t& qword(std::uint64_t gpa) { return *reinterpret_cast<std::uint64_t*>(bytes.data() + gpa); }
    std::uint64_t& pte(std::uint64_t va) { return qword(0x4000 + 8 * (va / page_bytes)); }
    model::RmpEntry& rmp_of(std::uint64_t gpa) { return entries[gpa / page_bytes]; }
    [[nodiscard]] CpuState cpu() { return {save, gpr, shadow}; }
    [[nodiscard]] GuestMemory memory() { return {ram, rmp}; }
    void set_gate(abi::Vector vector, abi::Gate gate) {
        std::memcpy(bytes.data() + 0x5000 + 16 * static_cast<unsigned>(vector), &gate, sizeof gate);
    }
};

}  // namespace snpemu
