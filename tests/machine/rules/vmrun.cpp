// SPDX-License-Identifier: MIT
// What VMRUN refuses. Each of these ends the machine, as it ends a guest of KVM's: the host
// cannot run that VMSA.
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::Cr0, abi::Cr4, abi::Efer;

void nothing() {}

/// Runs a VMSA of VMPL1 that `edit` has changed.
void run_edited(void (*edit)(abi::Vmsa&)) { rules::run_edited(edit, nothing); }

#define REFUSED(name, manual, reason) RULE(name, manual, .ends = "invalid cpu=0 vmpl=1 reason=" reason)

REFUSED(vmrun_refuses_a_page_that_is_no_vmsa, "APM2: VMRUN Page Checks", "page-is-no-vmsa") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    (void)run_at(1, vmsa);
}

REFUSED(vmrun_refuses_a_page_that_lost_its_vmsa_bit, "APM2: VMRUN Page Checks", "page-is-no-vmsa") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    REQUIRE(seal(vmsa));
    REQUIRE(ap_creation(0, 0, 1, vmsa));
    REQUIRE(unseal(vmsa));
    (void)run_vmpl(1);
}

REFUSED(vmrun_refuses_a_page_that_is_not_validated, "APM2: VMRUN Page Checks", "vmsa-page-not-validated") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    REQUIRE(seal(vmsa));
    REQUIRE(ap_creation(0, 0, 1, vmsa));
    REQUIRE(pvalidate(reinterpret_cast<std::uint64_t>(&vmsa), 0, 0).eax == 0);
    (void)run_vmpl(1);
}

REFUSED(vmrun_refuses_a_page_of_the_hypervisor, "APM2: VMRUN Page Checks", "vmsa-page-not-assigned") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    REQUIRE(ap_creation(0, 0, 1, vmsa));
    const auto page = reinterpret_cast<std::uint64_t>(&vmsa);
    REQUIRE(pvalidate(page, 0, 0).eax == 0);
    REQUIRE(ghcb::change_page(page, abi::PscOperation::Shared));
    (void)run_vmpl(1);
}

REFUSED(vmrun_refuses_efer_without_svme, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "efer-svme-clear") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.efer &= ~Efer::svme; });
}

REFUSED(vmrun_refuses_reserved_bits_of_efer, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "bad-efer") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.efer |= 1 << 9; });
}

REFUSED(vmrun_refuses_sev_features_without_snp, "APM2: SEV_FEATURES", "snp-not-active") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    REQUIRE(seal(vmsa));
    REQUIRE(ap_creation(0, 0, 1, vmsa));
    vmsa.sev_features = 0;
    (void)run_vmpl(1);
}

REFUSED(vmrun_refuses_reserved_sev_features, "APM2: SEV_FEATURES", "unsupported-sev-feature") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    REQUIRE(seal(vmsa));
    REQUIRE(ap_creation(0, 0, 1, vmsa));
    vmsa.sev_features |= 1ull << 62;
    (void)run_vmpl(1);
}

REFUSED(vmrun_refuses_alternate_injection, "APM2: SEV_FEATURES", "unsupported-sev-feature") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    REQUIRE(seal(vmsa));
    REQUIRE(ap_creation(0, 0, 1, vmsa));
    vmsa.sev_features |= abi::SevFeatures::AlternateInjection::mask;
    (void)run_vmpl(1);
}

REFUSED(vmrun_refuses_a_vmpl_that_does_not_exist, "APM2: VMPL", "vmpl-out-of-range") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.vmpl = 4; });
}

REFUSED(vmrun_refuses_a_vmsa_of_another_level, "GHCB: Run VMPL", "vmsa-of-another-vmpl") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.vmpl = 0; });
}

REFUSED(vmrun_refuses_a_busy_vmsa, "APM2: VMSA Layout, VINTR_CTRL", "vintr-busy") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.vintr_ctrl = 1ull << 63; });
}

REFUSED(vmrun_refuses_nw_without_cd, "APM2: VMRUN, Canonicalization and Consistency Checks", "bad-cr0") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cr0 |= Cr0::nw; });
}

REFUSED(vmrun_refuses_the_upper_half_of_cr0, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "bad-cr0") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cr0 |= 1ull << 32; });
}

REFUSED(vmrun_refuses_cr3_beyond_the_physical_address, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "bad-cr3") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cr3 |= 1ull << 60; });
}

REFUSED(vmrun_refuses_reserved_bits_of_cr4, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "bad-cr4") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cr4 |= 1ull << 31; });
}

REFUSED(vmrun_refuses_osxsave_while_cpuid_hides_xsave, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "bad-cr4") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cr4 |= Cr4::osxsave; });
}

REFUSED(vmrun_refuses_the_upper_half_of_dr6, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "bad-dr6-or-dr7") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.dr6 |= 1ull << 32; });
}

REFUSED(vmrun_refuses_the_upper_half_of_dr7, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "bad-dr6-or-dr7") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.dr7 |= 1ull << 63; });
}

REFUSED(vmrun_refuses_long_mode_without_pae, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "long-mode-without-pae-or-protection") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cr4 &= ~Cr4::pae; });
}

REFUSED(vmrun_refuses_long_mode_without_protection, "APM2: VMRUN, Canonicalization and Consistency Checks",
        "long-mode-without-pae-or-protection") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cr0 &= ~Cr0::pe; });
}

REFUSED(vmrun_refuses_a_code_segment_that_is_64_and_32_bit,
        "APM2: VMRUN, Canonicalization and Consistency Checks", "code-segment-64-and-32-bit") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.cs.attributes |= 1 << 10; });
}

REFUSED(vmrun_refuses_xcr0_without_x87, "APM2: XCR0", "bad-xcr0") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.xcr0 = 2; });
}

REFUSED(vmrun_refuses_reserved_bits_of_xcr0, "APM2: XCR0", "bad-xcr0") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.xcr0 = 0xffff'0000'0000'fff7; });
}

REFUSED(vmrun_refuses_avx_while_cpuid_hides_it, "APM2: XCR0", "bad-xcr0") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.xcr0 = 7; });
}

RULE(vmrun_refuses_avx_without_sse, "APM2: XCR0", .ends = "invalid cpu=0 vmpl=1 reason=bad-xcr0",
     .options = "--cpu-features xsave") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.xcr0 = 5; });
}

REFUSED(vmrun_refuses_supervisor_states, "APM2: XSS", "bad-xss") {
    run_edited([](abi::Vmsa& vmsa) { vmsa.xss = 1 << 11; });
}

RULE(vmrun_refuses_a_vmsa_in_use, "APM2: VMRUN Page Checks",
     .ends = "invalid cpu=1 vmpl=0 reason=vmsa-in-use", .options = "--cpus 3") {
    static constinit volatile bool is_running = false;
    abi::Vmsa& vmsa = make_vmsa(0, [] {
        is_running = true;
        for (;;) asm volatile("pause");
    });
    REQUIRE(seal(vmsa));
    REQUIRE(ap_creation(1, 2, 0, vmsa));
    while (!is_running) asm volatile("pause");
    REQUIRE(ap_creation(1, 1, 0, vmsa));
    for (;;) asm volatile("pause");
}

RULE(launch_vmsa_with_an_unsupported_feature_does_not_start, "APM2: SEV_FEATURES",
     .ends = "invalid cpu=0 vmpl=0 reason=unsupported-sev-feature features=0x100",
     .image = "--sev-features 101") {}

RULE(vmrun_takes_restricted_injection, "APM2: Restricted Injection", .image = "--sev-features 9") {
    CHECK_EQ(read_msr(abi::Msr::SevStatus), 3 | 9 << 2);
}

RULE(levels_have_features_of_their_own, "APM2: SEV_FEATURES", .image = "--sev-features 29") {
    static constinit std::uint64_t seen = 0;
    abi::Vmsa& vmsa = make_open_vmsa(1, [] { seen = read_msr(abi::Msr::SevStatus); });
    vmsa.sev_features = 1;
    REQUIRE(seal(vmsa));
    CHECK(!run_at(1, vmsa));
    CHECK_EQ(seen, 3 | 1 << 2);
    CHECK_EQ(read_msr(abi::Msr::SevStatus), 3 | 0x29 << 2);
}

RULE(ap_creation_refuses_features_that_are_not_offered, "GHCB: SNP AP Creation") {
    abi::Vmsa& vmsa = make_open_vmsa(1, nothing);
    REQUIRE(seal(vmsa));
    for (const std::uint64_t features : {0ull, 2ull, 1ull | 1 << 4, 1ull | 1 << 8, 1ull | 1ull << 62}) {
        vmsa.sev_features = features;
        CHECK(!ap_creation(0, 0, 1, vmsa));
    }
    vmsa.sev_features = 0x21;
    CHECK(ap_creation(0, 0, 1, vmsa));
}

}  // namespace
}  // namespace rules
