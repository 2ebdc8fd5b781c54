// SPDX-License-Identifier: MIT
// States and rights of pages, and the instructions that change them.
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::ExitCode, abi::Permission, abi::RmpResult, abi::Vector;

RULE(launched_page_is_validated, "SNP-ABI: SNP_LAUNCH_UPDATE") {
    const std::uint64_t page = allocate_page();
    at(page) = 42;
    CHECK_EQ(at(page), 42);
    const RmpAnswer answer = pvalidate(page, 0, 1);
    CHECK(answer.is(RmpResult::Success) && answer.carry());  // no change
}

RULE(rescinded_page_is_vc_404, "APM2: Page Validation") {
    const std::uint64_t page = allocate_page();
    CHECK(!pvalidate(page, 0, 0).carry());
    const auto fault = trap([&] { at(page) = 1; });
    CHECK(fault && fault->is_vc(ExitCode::PageNotValidated));
}

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

RULE(vmpl1_has_exceptions_of_its_own, "APM2: VMPL") {
    const auto fault = run_at(1, [] { asm volatile("ud2"); });
    CHECK(fault && fault->is(Vector::InvalidOpcode));
}

RULE(second_vcpu_runs, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    static constinit volatile std::uint64_t seen = 0;
    REQUIRE(start_second([] { seen = 9; }));
    for (unsigned i = 0; i < 100'000'000 && seen == 0; ++i) asm volatile("pause");
    CHECK_EQ(seen, 9);
}

}  // namespace
}  // namespace rules
