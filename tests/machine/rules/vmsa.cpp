// SPDX-License-Identifier: MIT
// What a VMSA holds: each level has its own, and finds it again.
#include <cstring>

#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Msr;

constinit std::uint64_t seen[4]{};

/// Every register has its number when the level asks for VMPL0.
void fill_general_registers() {
    asm volatile(
        "mov $3, %%ebx; mov $5, %%ebp; mov $6, %%esi; mov $7, %%edi; mov $8, %%r8d; mov $15, %%r15d\n"
        "mov $0xc0010130, %%ecx; mov $0x16, %%eax; xor %%edx, %%edx; wrmsr; rep; vmmcall; ud2"
        :
        :
        : "memory");
    __builtin_unreachable();
}

RULE(general_registers_are_part_of_the_vmsa, "APM2: VMSA Layout") {
    const auto& vmsa = run_edited(unchanged, fill_general_registers);
    CHECK_EQ(vmsa.rbx, 3);
    CHECK_EQ(vmsa.rbp, 5);
    CHECK_EQ(vmsa.rsi, 6);
    CHECK_EQ(vmsa.rdi, 7);
    CHECK_EQ(vmsa.r8, 8);
    CHECK_EQ(vmsa.r15, 15);
}

RULE(xmm_is_one_of_each_level, "APM2: VMSA Layout, FPREG_XMM") {
    set_xmm7(0x5ec2e7);
    run_edited(unchanged, [] {
        seen[0] = get_xmm7();
        set_xmm7(0x1111);
    });
    CHECK_EQ(seen[0], 0);
    CHECK_EQ(get_xmm7(), 0x5ec2e7);
}

RULE(xmm_and_x87_are_part_of_the_vmsa, "APM2: VMSA Layout, FPREG_XMM, X87") {
    const auto& vmsa = run_edited(
        [](abi::Vmsa& v) {
            v.xmm[16 * 9] = 0x99;
            v.x87_fcw = 0x27f;
        },
        [] {
            seen[0] = get_xmm9();
            seen[1] = read_fcw();
            set_xmm9(0x77);
        });
    CHECK_EQ(seen[0], 0x99);
    CHECK_EQ(seen[1], 0x27f);
    CHECK_EQ(vmsa.xmm[16 * 9], 0x77);
}

RULE(cr2_is_one_of_each_level, "APM2: VMSA Layout, CR2") {
    write_cr2(0x5555);
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.cr2 = 0x6666; },
                                  [] {
                                      seen[0] = read_cr2();
                                      write_cr2(0x7777);
                                  });
    CHECK_EQ(seen[0], 0x6666);
    CHECK_EQ(vmsa.cr2, 0x7777);
    CHECK_EQ(read_cr2(), 0x5555);
}

RULE(exit_code_of_vmgexit_is_in_the_vmsa, "APM2: VMSA Layout, GUEST_EXITCODE") {
    const auto& vmsa = run_edited(unchanged, [] {});
    CHECK_EQ(vmsa.guest_exit_code, ExitCode::Vmgexit);
    CHECK_EQ(vmsa.guest_exit_info_1, 0);
    CHECK_EQ(vmsa.guest_exit_info_2, 0);
    CHECK_EQ(vmsa.guest_exit_int_info, 0);
    CHECK_EQ(vmsa.guest_nrip, vmsa.rip);
}

RULE(rip_of_an_automatic_exit_is_behind_the_instruction, "APM2: SEV-ES, Automatic Exits") {
    const auto& vmsa = run_edited(unchanged, [] {});
    std::uint8_t bytes[4];
    std::memcpy(bytes, reinterpret_cast<const void*>(vmsa.rip - sizeof bytes), sizeof bytes);
    CHECK(bytes[0] == 0xf3 && bytes[1] == 0x0f && bytes[2] == 0x01 && bytes[3] == 0xd9);
}

RULE(efer_svme_and_features_of_the_page_stay, "APM2: VMSA Layout, EFER, SEV_FEATURES") {
    const auto& vmsa = run_edited(unchanged, [] {});
    CHECK((vmsa.efer & abi::Efer::svme) != 0);
    CHECK_EQ(vmsa.sev_features, read_msr(Msr::SevStatus) >> 2);
    CHECK_EQ(vmsa.vmpl, 1);
    CHECK_EQ(vmsa.cpl, 0);
}

}  // namespace
}  // namespace rules
