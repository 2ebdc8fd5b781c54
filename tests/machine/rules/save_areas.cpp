// SPDX-License-Identifier: MIT
// The launch VMSA, and which save areas the host takes.
#include "abi/snp/ghcb.hpp"
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::Msr;

RULE(launch_vmsa_gives_tsc_aux, "APM2: VMSA Layout, TSC_AUX", .image = "--vmsa 2e8=5500000000") {
    CHECK_EQ(read_msr(Msr::TscAux), 0x55);
}

RULE(launch_vmsa_gives_cr2, "APM2: VMSA Layout, CR2", .image = "--vmsa 240=1234000") {
    CHECK_EQ(read_cr2(), 0x123'4000);
}

RULE(launch_vmsa_gives_pat, "APM2: VMSA Layout, G_PAT", .image = "--vmsa 268=606060606060600") {
    CHECK_EQ(read_msr(Msr::Pat), 0x0606'0606'0606'0600);
}

RULE(launch_vmsa_with_reserved_bits_of_xcr0_does_not_start, "APM2: XCR0",
     .ends = "invalid cpu=0 vmpl=0 reason=bad-xcr0", .image = "--vmsa 3e8=ffff00000000fff7") {}

RULE(launch_vmsa_without_svme_does_not_start, "APM2: VMRUN, Canonicalization and Consistency Checks",
     .ends = "invalid cpu=0 vmpl=0 reason=efer-svme-clear", .image = "--vmsa d0=d01") {}

RULE(launch_vmsa_that_is_busy_does_not_start, "APM2: VMSA Layout, VINTR_CTRL",
     .ends = "invalid cpu=0 vmpl=0 reason=vintr-busy", .image = "--vmsa 3b8=8000000000000000") {}

std::uint64_t sealed_page() {
    abi::Vmsa& vmsa = make_open_vmsa(1, [] {});
    REQUIRE(seal(vmsa));
    return reinterpret_cast<std::uint64_t>(&vmsa);
}

RULE(ap_creation_refuses_a_save_area_at_2_mib, "GHCB: SNP AP Creation") {
    const std::uint64_t page = sealed_page();
    CHECK(!ghcb::create_ap({.vmsa = 24ull << 20}));
    CHECK(ghcb::create_ap({.vmsa = page}));
}

RULE(ap_creation_refuses_an_address_within_a_page, "GHCB: SNP AP Creation") {
    const std::uint64_t page = sealed_page();
    CHECK(!ghcb::create_ap({.vmsa = page + 8}));
    CHECK(!ghcb::create_ap({.vmsa = page + 0x800}));
}

RULE(ap_creation_refuses_an_address_without_memory, "GHCB: SNP AP Creation") {
    CHECK(!ghcb::create_ap({.vmsa = 1ull << 44 | 0x1000}));
    CHECK(!ghcb::create_ap({.vmsa = ~0xfffull}));
}

RULE(ap_creation_refuses_what_does_not_exist, "GHCB: SNP AP Creation") {
    const std::uint64_t page = sealed_page();
    CHECK(!ghcb::create_ap({.request = 3, .vmsa = page}));
    CHECK(!ghcb::create_ap({.vmpl = 4, .vmsa = page}));
    CHECK(!ghcb::create_ap({.apic_id = 77, .vmsa = page}));
}

RULE(ap_creation_needs_features, "GHCB: SNP AP Creation") {
    using Info = abi::ApCreationInfo;
    CHECK_EQ(ghcb::event({.code = static_cast<std::uint64_t>(abi::NaeEvent::ApCreation),
                          .info1 = Info::Vmpl::put(1),
                          .info2 = sealed_page()}),
             2);
}

RULE(run_vmpl_refuses_a_level_without_vmsa, "GHCB: Run VMPL") {
    CHECK(!run_vmpl(2));
    CHECK(!run_vmpl(3));
}

RULE(run_vmpl_refuses_a_level_that_does_not_exist, "GHCB: Run VMPL") {
    CHECK(!run_vmpl(4));
    CHECK(!run_vmpl(255));
    CHECK(run_vmpl(0));  // its own
}

RULE(run_vmpl_refuses_a_destroyed_vmsa, "GHCB: SNP AP Creation, Destroy") {
    const std::uint64_t page = sealed_page();
    REQUIRE(ghcb::create_ap({.vmsa = page}));
    REQUIRE(run_vmpl(1));
    REQUIRE(ghcb::create_ap({.request = 2, .vmsa = page}));
    CHECK(!run_vmpl(1));
}

}  // namespace
}  // namespace rules
