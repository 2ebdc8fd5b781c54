// SPDX-License-Identifier: MIT
// The harness itself, as rules: other levels, other vCPUs, exceptions, CPL 3 and an end of the machine.
#include "tests/machine/lib/code.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

RULE(triple_fault_is_shutdown, "APM2: Shutdown", .ends = "shutdown") {
    load_idt({0, 0});
    asm volatile("ud2");
}

RULE(vmpl1_runs_and_comes_back, "GHCB: Run VMPL") {
    static constinit std::uint64_t seen = 0;
    seen = 0;
    const auto fault = run_at(1, [] { seen = 7; });
    CHECK(!fault);
    CHECK_EQ(seen, 7);
}

RULE(vmpl1_has_exceptions_of_its_own, "APM2: Virtual Machine Privilege Levels") {
    const auto fault = run_at(1, [] { asm volatile("ud2"); });
    CHECK(fault && fault->is(abi::Vector::InvalidOpcode));
}

RULE(second_vcpu_runs, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    static constinit volatile std::uint64_t seen = 0;
    REQUIRE(start_second([] { seen = 9; }));
    for (unsigned i = 0; i < 100'000'000 && seen == 0; ++i) asm volatile("pause");
    CHECK_EQ(seen, 9);
}

/// With `--deterministic` one thread of QEMU runs both vCPUs, and the first never gives it up by itself.
RULE(second_vcpu_runs_though_the_first_spins, "GHCB: SNP AP Creation", .options = "--cpus 2 --deterministic") {
    static constinit volatile std::uint64_t seen = 0, turns = 0;
    seen = 0;
    turns = 0;
    REQUIRE(start_second([] {
        // It does not come through in one turn either.
        while (turns < 100'000'000) turns = turns + 1;
        seen = 9;
    }));
    for (std::uint64_t i = 0; i < 2'000'000'000 && seen == 0; ++i) asm volatile("" : : : "memory");
    CHECK_EQ(seen, 9);
}

RULE(cpl3_runs_and_faults_into_cpl0, "APM2: Interrupt Control Transfers") {
    const Fault fault = run_user({0x90});
    CHECK(ran_through(fault));
    CHECK_EQ(fault.cs, Selector::user_code64);
}

}  // namespace
}  // namespace rules
