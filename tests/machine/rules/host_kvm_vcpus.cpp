// SPDX-License-Identifier: MIT
// AP creation and rights as KVM with a vCPU for each VMPL has them, and what the strict host does instead.
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::Permission, abi::RmpResult;

std::uint64_t address_of(const abi::Vmsa& vmsa) { return reinterpret_cast<std::uint64_t>(&vmsa); }

constinit volatile std::uint64_t count = 0;
void start_counting() {
    count = 0;
    REQUIRE(start_second([] {
        for (;;) count = count + 1;
    }));
    for (unsigned i = 0; i < 100'000'000 && count == 0; ++i) asm volatile("pause");
    REQUIRE(count != 0);
}
/// Whether the second vCPU still counts, some time later.
bool counts_on() {
    for (unsigned i = 0; i < 300'000; ++i) asm volatile("pause");
    const std::uint64_t before = count;
    for (unsigned i = 0; i < 30'000'000 && count == before; ++i) asm volatile("pause");
    return count != before;
}

RULE(kvm_stops_the_target_of_a_bad_save_area, "KVM: sev_snp_ap_creation", .options = "--cpus 2 --host kvm") {
    start_counting();
    CHECK(!ghcb::create_ap({.request = 1, .vmpl = 0, .apic_id = 1, .vmsa = 0x7008}));
    CHECK(!counts_on());
}

RULE(strict_leaves_the_target_of_a_bad_save_area_alone, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    start_counting();
    CHECK(!ghcb::create_ap({.request = 1, .vmpl = 0, .apic_id = 1, .vmsa = 0x7008}));
    CHECK(counts_on());
}

RULE(kvm_compares_injection_with_the_first_save_area_of_a_level, "KVM: sev_snp_ap_creation",
     .options = "--host kvm") {
    abi::Vmsa& vmsa = make_open_vmsa(1, [] {});
    REQUIRE(seal(vmsa));
    CHECK(ghcb::create_ap({.vmsa = address_of(vmsa), .features = 1}));
    CHECK(ghcb::create_ap({.vmsa = address_of(vmsa), .features = 0x41}));
    CHECK(!ghcb::create_ap({.vmsa = address_of(vmsa), .features = 9}));
}

RULE(strict_compares_features_with_what_is_offered, "GHCB: SNP AP Creation") {
    abi::Vmsa& vmsa = make_open_vmsa(1, [] {});
    REQUIRE(seal(vmsa));
    CHECK(ghcb::create_ap({.vmsa = address_of(vmsa), .features = 9}));
    CHECK(ghcb::create_ap({.vmsa = address_of(vmsa), .features = 1}));
    CHECK(!ghcb::create_ap({.vmsa = address_of(vmsa), .features = 0x101}));
    CHECK(!ghcb::create_ap({.vmsa = address_of(vmsa), .features = 8}));
}

RULE(kvm_replaces_the_save_area_of_the_caller, "KVM: sev_snp_ap_creation", .ends = "halt",
     .options = "--host kvm") {
    abi::Vmsa& vmsa = make_vmsa(0, [] { asm volatile("cli; hlt"); });
    REQUIRE(seal(vmsa));
    CHECK(!ghcb::create_ap({.request = 1, .vmpl = 0, .vmsa = address_of(vmsa)}));  // nothing comes back here
}

RULE(strict_keeps_the_save_area_of_the_caller, "GHCB: SNP AP Creation") {
    abi::Vmsa& vmsa = make_vmsa(0, [] { asm volatile("cli; hlt"); });
    REQUIRE(seal(vmsa));
    CHECK(!ghcb::create_ap({.request = 1, .vmpl = 0, .vmsa = address_of(vmsa)}));
}

constinit std::uint64_t seen = 0;
std::uint64_t ghcb_msr_of_a_second_save_area() {
    CHECK(!run_at(1, [] {}));
    CHECK(!run_at(1, [] { seen = read_msr(abi::Msr::Ghcb); }));
    return seen & 0xfff;
}
constexpr std::uint64_t sev_information = 1;  // the value after reset

RULE(kvm_keeps_the_ghcb_msr_of_a_level, "KVM: sev_es_init_vmcb", .options = "--host kvm") {
    CHECK(ghcb_msr_of_a_second_save_area() != sev_information);
}
RULE(strict_keeps_the_ghcb_msr_of_a_level, "KVM: sev_es_init_vmcb") {
    CHECK(ghcb_msr_of_a_second_save_area() != sev_information);
}

constinit std::uint64_t page = 0;
constinit volatile bool is_reading = false;

/// VMPL1 reads; VMPL0 of the second vCPU gives it the right to, some time later.
RULE(kvm_tries_an_access_without_rights_again, "KVM: sev_handle_rmp_fault",
     .options = "--cpus 2 --host kvm") {
    open_memory(1);
    page = allocate_page();
    at(page) = 0x33;
    REQUIRE(rmpadjust(page, 0, attributes(1, Permission::none)).is(RmpResult::Success));
    is_reading = false;
    REQUIRE(start_second([] {
        while (!is_reading) asm volatile("pause");
        for (unsigned i = 0; i < 1'000'000; ++i) asm volatile("pause");
        (void)rmpadjust(page, 0, attributes(1, Permission::read));
        for (;;) asm volatile("cli; hlt");
    }));
    const auto fault = run_at(1, [] {
        is_reading = true;
        seen = at(page);
    });
    CHECK(!fault);
    CHECK_EQ(seen, 0x33);
}

/// No other vCPU is there that could give the right.
RULE(kvm_tries_an_access_without_rights_without_end, "KVM: sev_handle_rmp_fault", .ends = "denied",
     .options = "--host kvm") {
    open_memory(1);
    page = allocate_page();
    REQUIRE(rmpadjust(page, 0, attributes(1, Permission::none)).is(RmpResult::Success));
    (void)run_at(1, [] { seen = at(page); });
}

}  // namespace
}  // namespace rules
