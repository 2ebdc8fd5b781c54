// SPDX-License-Identifier: MIT
// Debug registers of a VMSA without DebugSwap.
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Vector;

constinit std::uint64_t seen[4]{};

RULE(dr6_is_one_of_each_level, "APM2: VMSA Layout, DR6") {
    write_dr6(0xffff'0ff1);
    const auto& vmsa = run_edited(unchanged, [] {
        seen[0] = read_dr6();
        write_dr6(0xffff'0ff2);
    });
    CHECK_EQ(seen[0], 0xffff'0ff0);
    CHECK_EQ(vmsa.dr6, 0xffff'0ff2);
    CHECK_EQ(read_dr6(), 0xffff'0ff1);
}

RULE(dr7_is_vc_without_debug_swap, "APM2: SEV-ES, Debug Registers") {
    const auto read = trap([] { (void)read_dr7(); });
    CHECK(read && read->is_vc(ExitCode::ReadDr7));
    const auto write = trap([] { write_dr7(0x400); });
    CHECK(write && write->is_vc(ExitCode::WriteDr7));
}

RULE(dr5_is_dr7_by_another_name, "APM2: Debug Registers, DR4 and DR5") {
    write_cr4(read_cr4() & ~abi::Cr4::de);
    const auto write = trap([] { write_dr5(0x400); });
    CHECK(write && write->is_vc(ExitCode::WriteDr7));
    const auto read = trap([] { (void)read_dr5(); });
    CHECK(read && read->is_vc(ExitCode::ReadDr7));
    write_cr4(read_cr4() | abi::Cr4::de);
    const auto undefined = trap([] { write_dr5(0x400); });
    CHECK(undefined && undefined->is(Vector::InvalidOpcode));
}

RULE(dr0_is_the_hosts_business_without_debug_swap, "APM2: SEV-ES, Debug Registers") {
    write_dr0(0x1234'0000);
    run_edited(unchanged, [] { seen[0] = read_dr0(); });
    CHECK_EQ(seen[0], 0x1234'0000);
}

RULE(dr7_event_reads_back_what_was_written, "GHCB: DR7 Read and Write events") {
    using ghcb::event;
    CHECK_EQ(event({.code = 0x37, .rax = 0x455}), 0);
    CHECK_EQ(event({.code = 0x27}), 0);
    CHECK_EQ(ghcb::page().rax, 0x455);
    CHECK_EQ(event({.code = 0x37, .rax = 0x400}), 0);
}

RULE(dr7_write_event_needs_rax, "GHCB: DR7 Write event") {
    CHECK_EQ(ghcb::event({.code = 0x37}), 2);
    CHECK_EQ(ghcb::page().sw_exit_info_2, abi::NaeError::MissingInput);
}

}  // namespace
}  // namespace rules
