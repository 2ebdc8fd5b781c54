// SPDX-License-Identifier: MIT
// DebugSwap: the debug registers are the VMSA's, and breakpoints strike where they should.
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Vector;

#define SWAP_RULE(name, manual, ...) \
    RULE(name, manual, .image = "--sev-features 21" __VA_OPT__(, ) __VA_ARGS__)

constexpr std::uint64_t snp_only = 1, execution0 = 0x401, write8_0 = 0x401 | 0x9 << 16;

constinit std::uint64_t seen[4]{};
constinit volatile std::uint64_t watched = 0;

[[gnu::noinline]] void target() { asm volatile("nop"); }

SWAP_RULE(debug_swap_is_shown_in_sev_status, "APM2: SEV_STATUS MSR") {
    CHECK_EQ(read_msr(abi::Msr::SevStatus), 3 | 0x21 << 2);
}

SWAP_RULE(dr7_is_no_vc_with_debug_swap, "APM2: Debug Virtualization") {
    CHECK_EQ(read_dr7(), 0x400);
    write_dr7(0x4aa | 0x3 << 16);
    CHECK_EQ(read_dr7(), 0x4aa | 0x3 << 16);
    write_dr7(0x400);
    CHECK_EQ(read_dr7(), 0x400);
}

SWAP_RULE(dr7_has_fixed_bits, "APM2: Debug-Control Register (DR7)") {
    write_dr7(0xd800);
    CHECK_EQ(read_dr7(), 0x400);
}

SWAP_RULE(dr7_refuses_an_upper_half, "APM2: Debug Registers") {
    const auto fault = trap([] { write_dr7(1ull << 32 | 0x400); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
}

SWAP_RULE(debug_registers_are_those_of_each_level, "APM2: Debug Virtualization") {
    write_dr0(0x100);
    write_dr3(0x103);
    const auto& vmsa = run_edited(
        [](abi::Vmsa& v) {
            v.dr[0] = 0x200;
            v.dr[3] = 0x203;
            v.dr7 = 0x4aa | 0x3 << 16;
        },
        [] {
            seen[0] = read_dr0();
            seen[1] = read_dr3();
            seen[2] = read_dr7();
            write_dr7(0x400);
            write_dr0(0x300);
            write_dr3(0x303);
        });
    CHECK_EQ(seen[0], 0x200);
    CHECK_EQ(seen[1], 0x203);
    CHECK_EQ(seen[2], 0x4aa | 0x3 << 16);
    CHECK_EQ(vmsa.dr[0], 0x300);
    CHECK_EQ(vmsa.dr[3], 0x303);
    CHECK_EQ(vmsa.dr7, 0x400);
    CHECK_EQ(read_dr0(), 0x100);
    CHECK_EQ(read_dr3(), 0x103);
}

SWAP_RULE(a_level_without_debug_swap_sees_none_of_it, "APM2: Debug Virtualization") {
    write_dr1(0x111);
    run_edited([](abi::Vmsa& v) { v.sev_features = snp_only; },
               [] {
                   seen[0] = read_dr1();
                   const auto fault = trap([] { write_dr7(0x400); });
                   seen[1] = fault ? fault->error : 0;
               });
    CHECK_EQ(seen[0], 0);
    CHECK_EQ(seen[1], ExitCode::WriteDr7);
    CHECK_EQ(read_dr1(), 0x111);
}

SWAP_RULE(a_breakpoint_on_execution_strikes, "APM2: Breakpoints, Instruction Breakpoint") {
    write_dr0(reinterpret_cast<std::uint64_t>(&target));
    write_dr7(execution0);
    const auto fault = trap([] { target(); });
    write_dr7(0x400);
    CHECK(fault && fault->is(Vector::Debug));
    CHECK_EQ(fault ? fault->rip : 0, reinterpret_cast<std::uint64_t>(&target));
    CHECK_EQ(read_dr6() & 0xf, 1);
    CHECK(!trap([] { target(); }));
}

SWAP_RULE(a_breakpoint_on_data_strikes, "APM2: Breakpoints, Data Breakpoint") {
    write_dr0(reinterpret_cast<std::uint64_t>(&watched));
    write_dr7(write8_0);
    CHECK(!trap([] { seen[0] = watched; }));  // a write breakpoint
    const auto fault = trap([] { watched = 5; });
    write_dr7(0x400);
    CHECK(fault && fault->is(Vector::Debug));
    CHECK_EQ(watched, 5);  // a trap: behind the write
}

SWAP_RULE(a_breakpoint_of_the_vmsa_is_armed_at_vmrun, "APM2: VMSA Layout, DR7") {
    abi::Vmsa& vmsa = make_open_vmsa(1, [] { target(); });
    vmsa.dr[0] = reinterpret_cast<std::uint64_t>(&target);
    vmsa.dr7 = execution0;
    REQUIRE(seal(vmsa));
    const auto fault = run_at(1, vmsa);
    CHECK(fault && fault->is(Vector::Debug));
    CHECK(!trap([] { target(); }));  // VMPL0 has armed nothing
}

SWAP_RULE(an_armed_breakpoint_moves_with_its_address, "APM2: Debug Registers") {
    write_dr0(0x1234);
    write_dr7(execution0);
    write_dr0(reinterpret_cast<std::uint64_t>(&target));
    const auto fault = trap([] { target(); });
    CHECK(fault && fault->is(Vector::Debug));
    write_dr0(0x1234);
    CHECK(!trap([] { target(); }));
    write_dr7(0x400);
}

SWAP_RULE(general_detect_strikes_before_the_next_access, "APM2: Debug-Control Register (DR7)") {
    for (const auto access : {+[] { (void)read_dr0(); }, +[] { write_dr6(0); }, +[] { (void)read_dr7(); }}) {
        write_dr6(0xffff'0ff0);
        write_dr7(0x2400);
        const auto fault = trap(access);
        CHECK(fault && fault->is(Vector::Debug));
        CHECK(fault && (fault->rflags & abi::Rflags::rf) != 0);  // a fault: nothing was accessed
        CHECK_EQ(read_dr6(), 0xffff'2ff0);
        CHECK_EQ(read_dr7(), 0x400);  // and the handler may use them
    }
}

SWAP_RULE(a_breakpoint_survives_exits, "APM2: Debug Virtualization") {
    write_dr0(reinterpret_cast<std::uint64_t>(&target));
    write_dr7(execution0);
    (void)ghcb::exchange(2);
    const auto fault = trap([] { target(); });
    write_dr7(0x400);
    CHECK(fault && fault->is(Vector::Debug));
}

// The machine lies at 2 to 4 MiB of this address space of QEMU's CPU, its heap above the guest's memory.
SWAP_RULE(breakpoints_at_any_address_do_no_harm, "APM2: Debug Virtualization") {
    for (std::uint64_t address = 2ull << 20; address < 4ull << 20; address += 0x1000) {
        write_dr0(address);
        write_dr1(address + 0x800);
        write_dr2(address);
        write_dr3((270ull << 20) + address);
        write_dr7(0x4ff | 0x3b00ull << 16);  // execution, execution, any access, write
        (void)ghcb::exchange(2);
        write_dr7(0x400);
    }
    CHECK_EQ(read_dr7(), 0x400);
}

}  // namespace
}  // namespace rules
