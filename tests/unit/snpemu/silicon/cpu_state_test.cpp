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
    LooseState loose;
    CpuState state() { return {save, gpr, shadow}; }
};

TEST(CpuState, load_and_store_give_back_the_page) {
    const abi::Vmsa before = patterned_vmsa();
    Cpu cpu;
    cpu.loose.has_xsave = true;
    load_vmsa(before, cpu.state(), cpu.loose);
    abi::Vmsa after = before;
    // What the CPU holds is wiped from the copy, so that only the store can bring it back.
    after.rip = after.rax = after.r15 = after.rcx = after.cr3 = after.kernel_gs_base = after.efer = 0;
    after.cpl = 0;
    std::memset(after.xmm, 0, sizeof after.xmm);
    std::memset(after.x87, 0, sizeof after.x87);
    std::memset(after.ymm_hi, 0, sizeof after.ymm_hi);
    after.xcr0 = after.pkru = after.tsc_aux = 0;
    store_vmsa(cpu.state(), cpu.loose,
               {.code = before.guest_exit_code,
                .info_1 = before.guest_exit_info_1,
                .info_2 = before.guest_exit_info_2,
                .interrupted = before.guest_exit_int_info,
                .next_rip = before.guest_nrip},
               after);
    after.x87_ftw = before.x87_ftw;  // FXSAVE keeps "empty or not" only
    EXPECT_EQ(std::memcmp(&before, &after, sizeof before), 0);
}
TEST(CpuState, no_breakpoint_gets_into_the_cpu) {
    abi::Vmsa vmsa{};
    vmsa.dr7 = 0x7ff;
    Cpu cpu;
    load_vmsa(vmsa, cpu.state(), cpu.loose);
    EXPECT_EQ(cpu.save.dr7, abi::VmsaReset::dr7);
    store_vmsa(cpu.state(), cpu.loose, {}, vmsa);
    EXPECT_EQ(vmsa.dr7, 0x7ffu);
}
TEST(CpuState, breakpoints_are_the_vmsas_with_debug_swap_only) {
    abi::Vmsa vmsa{};
    vmsa.dr7 = 0x7ff;
    vmsa.dr[2] = 0x22;
    Cpu cpu;
    cpu.loose.dr[2] = 0x33;
    store_vmsa(cpu.state(), cpu.loose, {}, vmsa);
    EXPECT_EQ(vmsa.dr[2], 0x22u);
    vmsa.sev_features = abi::SevFeatures::SnpActive::mask | abi::SevFeatures::DebugSwap::mask;
    load_vmsa(vmsa, cpu.state(), cpu.loose);
    EXPECT_EQ(cpu.save.dr7, 0x7ffu);
    EXPECT_EQ(cpu.loose.dr[2], 0x22u);
    cpu.save.dr7 = 0x401;
    cpu.loose.dr[2] = 0x44;
    store_vmsa(cpu.state(), cpu.loose, {}, vmsa);
    EXPECT_EQ(vmsa.dr7, 0x401u);
    EXPECT_EQ(vmsa.dr[2], 0x44u);
}
// XRSTOR resets what the header leaves out, and the reset value would be another level's loss.
TEST(CpuState, the_image_names_all_states_that_it_holds) {
    Cpu cpu;
    cpu.loose.has_xsave = true;
    abi::Vmsa vmsa{};
    vmsa.xcr0 = 1;
    vmsa.ymm_hi[255] = 0x5e;
    load_vmsa(vmsa, cpu.state(), cpu.loose);
    EXPECT_EQ(cpu.loose.fpu.bytes[FpuImage::header], 7);
    EXPECT_EQ(cpu.loose.fpu.bytes[FpuImage::ymm_hi + 255], 0x5e);
    EXPECT_EQ(cpu.loose.xcr0, 1u);
}
TEST(CpuState, without_xsave_the_page_keeps_its_ymm_halves) {
    Cpu cpu;
    abi::Vmsa vmsa{};
    vmsa.ymm_hi[255] = 0x5e;
    load_vmsa(vmsa, cpu.state(), cpu.loose);
    store_vmsa(cpu.state(), cpu.loose, {}, vmsa);
    EXPECT_EQ(vmsa.ymm_hi[255], 0x5e);
}
TEST(CpuState, registers_arrive_under_their_numbers) {
    abi::Vmsa vmsa{};
    vmsa.rax = 1, vmsa.rcx = 2, vmsa.rsp = 3, vmsa.r15 = 4, vmsa.rbp = 5, vmsa.rsi = 6;
    Cpu cpu;
    load_vmsa(vmsa, cpu.state(), cpu.loose);
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
    store_vmsa(cpu.state(), cpu.loose,
               {.code = 0x403, .info_1 = 5, .info_2 = 6, .interrupted = 7, .next_rip = 8}, vmsa);
    EXPECT_EQ(vmsa.guest_exit_code, 0x403u);
    EXPECT_EQ(vmsa.guest_exit_info_1, 5u);
    EXPECT_EQ(vmsa.guest_exit_info_2, 6u);
    EXPECT_EQ(vmsa.guest_exit_int_info, 7u);
    EXPECT_EQ(vmsa.guest_nrip, 8u);
}
TEST(CpuState, vmpl_and_features_of_the_page_are_not_the_cpus_to_change) {
    Cpu cpu;
    abi::Vmsa vmsa{};
    vmsa.vmpl = 2;
    vmsa.sev_features = 1;
    store_vmsa(cpu.state(), cpu.loose, {}, vmsa);
    EXPECT_EQ(vmsa.vmpl, 2);
    EXPECT_EQ(vmsa.sev_features, 1u);
}
// FXRSTOR faults on reserved MXCSR bits, and it is the machine that executes it.
TEST(CpuState, reserved_mxcsr_bits_do_not_reach_the_cpu) {
    abi::Vmsa vmsa{};
    vmsa.mxcsr = 0xffff'1f80;
    Cpu cpu;
    load_vmsa(vmsa, cpu.state(), cpu.loose);
    std::uint32_t mxcsr = 0;
    std::memcpy(&mxcsr, &cpu.loose.fpu.bytes[24], sizeof mxcsr);
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
