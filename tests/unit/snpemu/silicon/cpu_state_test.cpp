// SPDX-License-Identifier: MIT
// A VMSA page survives the way into the CPU and back.
#include "snpemu/silicon/cpu_state.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace snpemu {
namespace {

/// Every byte that the CPU owns is distinct; reserved and control fields keep what the page had.
abi::Vmsa patterned_vmsa() {
    abi::Vmsa v;
    auto* bytes = reinterpret_cast<std::uint8_t*>(&v);
    for (std::size_t i = 0; i < sizeof v; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8));
    v.mxcsr = 0x1f80;
    v.x87_ftw = 0x5540;  // three registers in use
    return v;
}

struct Cpu {
    abi::VmcbSave save{};
    std::array<std::uint64_t, 16> gpr{};
    std::uint64_t shadow = 1;
    FpuImage fpu;
    CpuState state() { return {save, gpr, shadow}; }
};

TEST(CpuState, load_and_store_give_back_the_page) {
    const abi::Vmsa before = patterned_vmsa();
    Cpu cpu;
    load_vmsa(before, cpu.state(), cpu.fpu);
    abi::Vmsa after = before;
    // What the CPU holds is wiped from the copy, so that only the store can bring it back.
    after.rip = after.rax = after.r15 = after.rcx = after.cr3 = after.kernel_gs_base = after.efer = 0;
    after.cpl = 0;
    std::memset(after.xmm, 0, sizeof after.xmm);
    std::memset(after.x87, 0, sizeof after.x87);
    store_vmsa(cpu.state(), cpu.fpu, before.guest_exit_code, before.guest_exit_info_1,
               before.guest_exit_info_2, after);
    after.x87_ftw = before.x87_ftw;  // FXSAVE keeps "empty or not" only
    EXPECT_EQ(std::memcmp(&before, &after, sizeof before), 0);
}
TEST(CpuState, no_breakpoint_gets_into_the_cpu) {
    abi::Vmsa vmsa{};
    vmsa.dr7 = 0x7ff;
    Cpu cpu;
    load_vmsa(vmsa, cpu.state(), cpu.fpu);
    EXPECT_EQ(cpu.save.dr7, abi::VmsaReset::dr7);
    store_vmsa(cpu.state(), cpu.fpu, 0, 0, 0, vmsa);
    EXPECT_EQ(vmsa.dr7, 0x7ffu);
}
TEST(CpuState, registers_arrive_under_their_numbers) {
    abi::Vmsa vmsa{};
    vmsa.rax = 1, vmsa.rcx = 2, vmsa.rsp = 3, vmsa.r15 = 4, vmsa.rbp = 5, vmsa.rsi = 6;
    Cpu cpu;
    load_vmsa(vmsa, cpu.state(), cpu.fpu);
    EXPECT_EQ(cpu.state().reg(Gpr::Rax), 1u);
    EXPECT_EQ(cpu.gpr[1], 2u);
    EXPECT_EQ(cpu.save.rsp, 3u);
    EXPECT_EQ(cpu.gpr[15], 4u);
    EXPECT_EQ(cpu.gpr[5], 5u);
    EXPECT_EQ(cpu.gpr[6], 6u);
}
TEST(CpuState, the_exit_code_is_shown_in_the_page) {
    Cpu cpu;
    abi::Vmsa vmsa{};
    store_vmsa(cpu.state(), cpu.fpu, 0x403, 5, 6, vmsa);
    EXPECT_EQ(vmsa.guest_exit_code, 0x403u);
    EXPECT_EQ(vmsa.guest_exit_info_1, 5u);
    EXPECT_EQ(vmsa.guest_exit_info_2, 6u);
}
TEST(CpuState, vmpl_and_features_of_the_page_are_not_the_cpus_to_change) {
    Cpu cpu;
    abi::Vmsa vmsa{};
    vmsa.vmpl = 2;
    vmsa.sev_features = 1;
    store_vmsa(cpu.state(), cpu.fpu, 0, 0, 0, vmsa);
    EXPECT_EQ(vmsa.vmpl, 2);
    EXPECT_EQ(vmsa.sev_features, 1u);
}
// FXRSTOR faults on reserved MXCSR bits, and it is the machine that executes it.
TEST(CpuState, reserved_mxcsr_bits_do_not_reach_the_cpu) {
    abi::Vmsa vmsa{};
    vmsa.mxcsr = 0xffff'1f80;
    Cpu cpu;
    load_vmsa(vmsa, cpu.state(), cpu.fpu);
    std::uint32_t mxcsr = 0;
    std::memcpy(&mxcsr, &cpu.fpu.bytes[24], sizeof mxcsr);
    EXPECT_EQ(mxcsr, 0x1f80u);
}
TEST(CpuState, an_emulated_instruction_moves_rip_and_ends_the_interrupt_shadow) {
    Cpu cpu;
    cpu.save.rip = 0x1000;
    cpu.state().advance(4);
    EXPECT_EQ(cpu.save.rip, 0x1004u);
    EXPECT_EQ(cpu.shadow, 0u);
}

}  // namespace
}  // namespace snpemu
