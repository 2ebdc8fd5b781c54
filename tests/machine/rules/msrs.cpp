// SPDX-License-Identifier: MIT
// MSRs of a VMSA: no #VC, each level has its own, and what they refuse.
#include <iterator>

#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Msr, abi::Vector;

constinit std::uint64_t seen[4]{};

RULE(tsc_aux_comes_from_the_vmsa, "APM2: VMSA Layout, TSC_AUX") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.tsc_aux = 0x66; }, [] { seen[0] = read_msr(Msr::TscAux); });
    CHECK_EQ(seen[0], 0x66);
}

RULE(tsc_aux_goes_back_into_the_vmsa, "APM2: VMSA Layout, TSC_AUX") {
    CHECK_EQ(run_edited(unchanged, [] { write_msr(Msr::TscAux, 0x77); }).tsc_aux, 0x77);
}

RULE(tsc_aux_of_one_level_is_not_that_of_another, "APM2: VMSA Layout, TSC_AUX") {
    write_msr(Msr::TscAux, 0x55);
    run_edited(unchanged, [] {
        seen[0] = rdtscp_aux();
        write_msr(Msr::TscAux, 0x77);
    });
    CHECK_EQ(seen[0], 0);
    CHECK_EQ(read_msr(Msr::TscAux), 0x55);
    CHECK_EQ(rdtscp_aux(), 0x55);
}

RULE(debugctl_is_no_vc_and_part_of_the_vmsa, "APM2: SEV-ES, Types of Exits; VMSA Layout, DBGCTL") {
    write_msr(Msr::DebugCtl, 1);
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.dbgctl = 2; },
                                  [] {
                                      seen[0] = read_msr(Msr::DebugCtl);
                                      write_msr(Msr::DebugCtl, 4);
                                  });
    CHECK_EQ(seen[0], 2);
    CHECK_EQ(vmsa.dbgctl, 4);
    CHECK_EQ(read_msr(Msr::DebugCtl), 1);
}

RULE(debugctl_refuses_reserved_bits, "APM2: Debug-Control MSR (DebugCtl)") {
    write_msr(Msr::DebugCtl, 0);
    for (const std::uint64_t value : {1ull << 6, 1ull << 31, 1ull << 32}) {
        const auto fault = trap([&] { write_msr(Msr::DebugCtl, value); });
        CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    }
    CHECK_EQ(read_msr(Msr::DebugCtl), 0);
}

RULE(last_branch_records_are_no_vc_and_come_from_the_vmsa, "APM2: VMSA Layout, BR_FROM to LAST_EXCP_TO") {
    run_edited(
        [](abi::Vmsa& v) {
            v.br_from = 0x11;
            v.br_to = 0x22;
            v.last_excp_from = 0x33;
            v.last_excp_to = 0x44;
        },
        [] {
            seen[0] = read_msr(Msr::LastBranchFrom);
            seen[1] = read_msr(Msr::LastBranchTo);
            seen[2] = read_msr(Msr::LastIntFrom);
            seen[3] = read_msr(Msr::LastIntTo);
        });
    for (std::uint64_t i = 0; i < 4; ++i) CHECK_EQ(seen[i], 0x11 * (i + 1));
}

RULE(last_branch_records_are_read_only, "APM2: Control-Transfer Recording MSRs") {
    for (std::uint32_t msr = 0x1db; msr <= 0x1de; ++msr) {
        const auto fault = trap([&] { write_msr(msr, 0); });
        CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    }
}

RULE(system_call_msrs_are_no_vc_and_part_of_the_vmsa, "APM2: VMSA Layout, STAR to SYSENTER_EIP") {
    struct Pair {
        Msr msr;
        std::uint64_t abi::Vmsa::*field;
    };
    static constexpr Pair pairs[] = {
        {Msr::Star, &abi::Vmsa::star},
        {Msr::Lstar, &abi::Vmsa::lstar},
        {Msr::Cstar, &abi::Vmsa::cstar},
        {Msr::Sfmask, &abi::Vmsa::sfmask},
        {Msr::KernelGsBase, &abi::Vmsa::kernel_gs_base},
        {Msr::SysenterCs, &abi::Vmsa::sysenter_cs},
        {Msr::SysenterEsp, &abi::Vmsa::sysenter_esp},
        {Msr::SysenterEip, &abi::Vmsa::sysenter_eip},
    };
    static constinit unsigned wrong = 0;
    wrong = 0;
    const auto& vmsa = run_edited(
        [](abi::Vmsa& v) {
            for (std::uint64_t i = 0; i < std::size(pairs); ++i) v.*pairs[i].field = 0x10 + i;
        },
        [] {
            for (std::uint64_t i = 0; i < std::size(pairs); ++i) {
                if (read_msr(pairs[i].msr) != 0x10 + i) ++wrong;
                write_msr(pairs[i].msr, 0x20 + i);
            }
        });
    CHECK_EQ(wrong, 0);
    for (std::uint64_t i = 0; i < std::size(pairs); ++i) CHECK_EQ(vmsa.*pairs[i].field, 0x20 + i);
}

RULE(pat_is_no_vc_and_part_of_the_vmsa, "APM2: VMSA Layout, G_PAT") {
    const std::uint64_t own = read_msr(Msr::Pat);
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.g_pat = 0x0606'0606'0606'0600; },
                                  [] {
                                      seen[0] = read_msr(Msr::Pat);
                                      write_msr(Msr::Pat, 0x0007'0406'0007'0406);
                                  });
    CHECK_EQ(seen[0], 0x0606'0606'0606'0600);
    CHECK_EQ(vmsa.g_pat, 0x0007'0406'0007'0406);
    CHECK_EQ(read_msr(Msr::Pat), own);
}

RULE(pat_refuses_types_that_do_not_exist, "APM2: PAT Register") {
    for (const std::uint64_t value : {2ull, 3ull << 8, 8ull << 56}) {
        const auto fault = trap([&] { write_msr(Msr::Pat, value); });
        CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    }
}

RULE(efer_refuses_reserved_bits, "APM2: Extended Feature Enable Register (EFER)") {
    const std::uint64_t efer = read_msr(Msr::Efer);
    for (const unsigned bit : {1u, 7u, 9u, 13u, 16u, 63u}) {
        const auto fault = trap([&] { write_msr(Msr::Efer, efer | 1ull << bit); });
        CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    }
    CHECK_EQ(read_msr(Msr::Efer), efer);
}

RULE(efer_lme_stays_while_paging_is_on, "APM2: Extended Feature Enable Register (EFER)") {
    const std::uint64_t efer = read_msr(Msr::Efer);
    const auto fault = trap([&] { write_msr(Msr::Efer, efer & ~abi::Efer::lme); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
}

RULE(efer_lma_is_read_only, "APM2: Extended Feature Enable Register (EFER), Long Mode Active") {
    const std::uint64_t efer = read_msr(Msr::Efer);
    const auto fault = trap([&] { write_msr(Msr::Efer, efer & ~abi::Efer::lma); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    CHECK(!trap([&] { write_msr(Msr::Efer, efer); }));
}

RULE(sev_status_shows_features_of_the_running_vmsa, "APM2: SEV_STATUS MSR",
     .image = "--sev-features 2000c1") {
    CHECK_EQ(read_msr(Msr::SevStatus), 3 | 0x20'00c1ull << 2);
    run_edited([](abi::Vmsa& vmsa) { vmsa.sev_features = 0x41; }, [] { seen[0] = read_msr(Msr::SevStatus); });
    CHECK_EQ(seen[0], 3 | 0x41ull << 2);
}

RULE(sev_status_is_read_only, "APM2: SEV_STATUS MSR") {
    const auto fault = trap([] { write_msr(Msr::SevStatus, read_msr(Msr::SevStatus)); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
}

RULE(ghcb_msr_is_one_of_each_level, "GHCB: GHCB MSR") {
    const std::uint64_t own = read_msr(Msr::Ghcb);
    run_edited(unchanged, [] {
        seen[0] = read_msr(Msr::Ghcb);
        write_msr(Msr::Ghcb, 0x1234'5000);
    });
    // SEV information, the value after reset; or the answer to the level's last request: it outlives the VMSA.
    CHECK((seen[0] & 0xfff) == 0x001 || (seen[0] & 0xfff) == 0x017);
    CHECK(seen[0] != own);
    CHECK(read_msr(Msr::Ghcb) != 0x1234'5000);
}

RULE(unknown_msr_is_vc, "APM2: SEV-ES, Types of Exits") {
    const auto read = trap([] { (void)read_msr(0x17); });
    CHECK(read && read->is_vc(ExitCode::Msr));
    const auto write = trap([] { write_msr(0xc001'0015, 0); });
    CHECK(write && write->is_vc(ExitCode::Msr));
}

RULE(svsm_caa_msr_is_vc, "SVSM: SVSM_CAA MSR") {
    const auto fault = trap([] { (void)read_msr(Msr::SvsmCaa); });
    CHECK(fault && fault->is_vc(ExitCode::Msr));
}

}  // namespace
}  // namespace rules
