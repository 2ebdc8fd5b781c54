// SPDX-License-Identifier: MIT
// CPUID: the page, the host's answers, and that the two agree.
#include "tests/machine/lib/cpuid.hpp"
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using cpuid::ask, cpuid::find;

#define XSAVE_RULE(name, manual) RULE(name, manual, .options = "--cpu-features xsave,pku")

constexpr std::uint64_t avx_and_keys = 0x207;

XSAVE_RULE(cpuid_page_lists_the_states, "SNP-ABI: CPUID Page") {
    const auto* const main = find(0xd, 0);
    const auto* const ways = find(0xd, 1);
    REQUIRE(main != nullptr && ways != nullptr && find(0xd, 2) != nullptr && find(0xd, 9) != nullptr);
    CHECK_EQ(main->eax, avx_and_keys);
    CHECK_EQ(main->ebx, 0x240);
    CHECK_EQ(main->xcr0_in, 1);
    CHECK_EQ(ways->ebx, 0x240);
    CHECK_EQ(ways->eax & 2, 0);  // XSAVEC, which QEMU does not have
    CHECK_EQ(find(0xd, 2)->eax, 256);
    CHECK_EQ(find(1, 0)->ecx >> 26 & 1, 1);
    CHECK_EQ(find(1, 0)->ecx >> 27 & 1, 0);  // OSXSAVE: computed
}

XSAVE_RULE(cpuid_event_gives_sizes_by_xcr0, "GHCB: CPUID event") {
    using abi::NaeEvent;
    const auto bytes = [](std::uint64_t xcr0) {
        (void)ghcb::event(
            {.code = static_cast<std::uint64_t>(NaeEvent::Cpuid), .rax = 0xd, .rcx = 0, .xcr0 = xcr0});
        return ghcb::page().rbx;
    };
    CHECK_EQ(bytes(1), 0x240);
    CHECK_EQ(bytes(7), 0x340);
    CHECK(bytes(avx_and_keys) > 0x340);
}

XSAVE_RULE(cpuid_event_shows_osxsave_as_cr4_has_it, "APM3: CPUID Fn0000_0001_ECX") {
    const auto ecx = [] {
        (void)ghcb::event({.code = static_cast<std::uint64_t>(abi::NaeEvent::Cpuid), .rax = 1, .rcx = 0});
        return ghcb::page().rcx;
    };
    CHECK_EQ(ecx() >> 27 & 1, 0);
    write_cr4(read_cr4() | abi::Cr4::osxsave);
    CHECK_EQ(ecx() >> 27 & 1, 1);
}

RULE(cpuid_event_without_xcr0_is_missing_input, "GHCB: CPUID event") {
    CHECK_EQ(ghcb::event({.code = static_cast<std::uint64_t>(abi::NaeEvent::Cpuid), .rax = 0xd, .rcx = 0}),
             2);
    CHECK_EQ(ghcb::page().sw_exit_info_2, abi::NaeError::MissingInput);
}

RULE(cpuid_page_hides_xsave_and_what_needs_it, "SNP-ABI: CPUID Page") {
    CHECK(find(0xd, 0) == nullptr);
    for (const unsigned bit : {12u, 26u, 27u, 28u, 29u}) CHECK_EQ(find(1, 0)->ecx >> bit & 1, 0);
    CHECK_EQ(find(7, 0)->ebx >> 5 & 1, 0);
    CHECK_EQ(find(7, 0)->ecx >> 3 & 1, 0);
}

RULE(cpuid_subfunction_counts_only_where_there_are_several, "APM3: Obtaining Processor Information") {
    const auto ask = [](std::uint64_t rax, std::uint64_t rcx) {
        (void)ghcb::event({.code = static_cast<std::uint64_t>(abi::NaeEvent::Cpuid), .rax = rax, .rcx = rcx});
        return ghcb::page().rbx;
    };
    CHECK_EQ(ask(0x8000'001f, 77), ask(0x8000'001f, 0));
    CHECK_EQ(ask(1, 0xffff'ffff), ask(1, 0));
    CHECK(ask(7, 0) != 0);
    CHECK_EQ(ask(7, 1), 0);
}

RULE(cpuid_topology_is_one_thread_in_each_core, "APM3: CPUID Fn0000_000B, Fn8000_001E",
     .options = "--cpus 3") {
    REQUIRE(find(0xb, 0) != nullptr && find(0xb, 1) != nullptr && find(0x8000'001e, 0) != nullptr);
    CHECK_EQ(find(0xb, 0)->ebx, 1);
    CHECK_EQ(find(0xb, 1)->ebx, 3);
    CHECK_EQ(find(0xb, 1)->eax, find(0x8000'0008, 0)->ecx >> 12 & 0xf);
    CHECK_EQ(find(0x8000'0001, 0)->ecx >> 22 & 1, 1);
}

RULE(cpuid_caches_are_listed, "APM3: CPUID Fn8000_001D", .options = "--cpus 3") {
    const auto* const last = find(0x8000'001d, 3);
    REQUIRE(find(0x8000'001d, 0) != nullptr && last != nullptr);
    CHECK_EQ(find(0x8000'001d, 0)->eax >> 14 & 0xfff, 0);
    CHECK_EQ(last->eax >> 14 & 0xfff, 2);
    CHECK_EQ(last->eax >> 5 & 7, 3);
}

RULE(cpuid_is_vc, "APM2: SEV-ES, Types of Exits") {
    const auto fault = trap([] { asm volatile("cpuid" : : "a"(0), "c"(0) : "ebx", "edx"); });
    CHECK(fault && fault->is_vc(abi::ExitCode::Cpuid));
}

RULE(cpuid_page_has_no_function_beyond_the_largest, "APM3: CPUID Fn0000_0000, Fn8000_0000") {
    REQUIRE(find(0) != nullptr && find(0x8000'0000) != nullptr);
    REQUIRE(cpuid::page().count <= abi::cpuid_page_max_entries);
    for (std::uint32_t i = 0; i < cpuid::page().count; ++i) {
        const abi::CpuidEntry& e = cpuid::page().entries[i];
        const std::uint32_t largest = find(e.eax_in & 0x8000'0000)->eax;
        if (!CHECK(e.eax_in <= largest)) note("function", e.eax_in);
    }
}

RULE(cpuid_page_reserved_fields_are_zero, "SNP-ABI: CPUID Page") {
    const auto& page = cpuid::page();
    CHECK_EQ(page.reserved_004, 0);
    CHECK_EQ(page.reserved_008, 0);
    for (std::uint32_t i = 0; i < page.count; ++i) CHECK_EQ(page.entries[i].reserved, 0);
    for (std::uint32_t i = page.count; i < abi::cpuid_page_max_entries; ++i)
        CHECK_EQ(page.entries[i].eax_in, 0);
}

/// What of an entry is each vCPU's own, or follows a control register.
abi::CpuidEntry without_own_fields(abi::CpuidEntry e) {
    if (e.eax_in == 1) e.ebx &= 0x00ff'ffff;
    if (e.eax_in == 0xb) e.edx = 0;
    if (e.eax_in == 0x8000'001e) e.eax = e.ebx = e.ecx = 0;
    return e;
}

RULE(cpuid_event_agrees_with_the_page, "SNP-ABI: CPUID Page; GHCB: CPUID event", .options = "--cpus 3") {
    for (std::uint32_t i = 0; i < cpuid::page().count; ++i) {
        const auto entry = without_own_fields(cpuid::page().entries[i]);
        const auto told = ask(entry.eax_in, entry.ecx_in);
        const auto own = without_own_fields({.eax_in = entry.eax_in,
                                             .eax = static_cast<std::uint32_t>(told.rax),
                                             .ebx = static_cast<std::uint32_t>(told.rbx),
                                             .ecx = static_cast<std::uint32_t>(told.rcx),
                                             .edx = static_cast<std::uint32_t>(told.rdx)});
        const bool same =
            own.eax == entry.eax && own.ebx == entry.ebx && own.ecx == entry.ecx && own.edx == entry.edx;
        if (!CHECK(same)) note("entry", entry.eax_in, entry.ecx_in);
    }
}

RULE(cpuid_by_msr_agrees_with_the_event, "GHCB: GHCB MSR Protocol, CPUID") {
    for (const std::uint32_t function : {0u, 1u, 7u, 0x8000'0001u, 0x8000'0008u, 0x8000'001fu}) {
        const auto told = ask(function);
        CHECK_EQ(cpuid::ask_msr(function, 0), told.rax);
        CHECK_EQ(cpuid::ask_msr(function, 1), told.rbx);
        CHECK_EQ(cpuid::ask_msr(function, 2), told.rcx);
        CHECK_EQ(cpuid::ask_msr(function, 3), told.rdx);
    }
}

RULE(cpuid_tells_each_vcpu_its_apic_id, "APM3: CPUID Fn0000_0001, Fn0000_000B, Fn8000_001E",
     .options = "--cpus 2") {
    static constinit volatile std::uint32_t seen[3]{};
    static constinit volatile bool is_done = false;
    REQUIRE(start_second([] {
        seen[0] = cpuid::ask_msr(1, 1) >> 24;
        seen[1] = cpuid::ask_msr(0xb, 3);
        seen[2] = cpuid::ask_msr(0x8000'001e, 0);
        is_done = true;
    }));
    for (unsigned i = 0; i < 100'000'000 && !is_done; ++i) asm volatile("pause");
    for (const volatile std::uint32_t& id : seen) CHECK_EQ(id, 1);
    CHECK_EQ(ask(1).rbx >> 24, 0);
    CHECK_EQ(ask(0xb).rdx, 0);
    CHECK_EQ(ask(0x8000'001e).rax, 0);
}

RULE(cpuid_functions_that_do_not_exist_are_zero, "APM3: Obtaining Processor Information") {
    for (const std::uint32_t function : {0x4000'0000u, 0x8000'0020u, 0xc000'0000u, 0xffff'ffffu, 0x1000u})
        if (!CHECK(ask(function).is_zero())) note("function", function);
}

void check_address_bits() {
    const abi::CpuidEntry* const sev = find(abi::CpuidSev::function);
    const abi::CpuidEntry* const sizes = find(abi::CpuidExtended8::function);
    REQUIRE(sev != nullptr && sizes != nullptr);
    CHECK_EQ(abi::CpuidSev::CBit::get(sev->ebx), info().c_bit);
    CHECK_EQ(sizes->eax & 0xff, info().c_bit);  // an address has no room for the C-bit
    CHECK_EQ(abi::CpuidSev::PhysReduction::get(sev->ebx), 1);
    CHECK_EQ(abi::CpuidSev::VmplCount::get(sev->ebx), 4);
}

RULE(cpuid_addresses_end_below_the_c_bit, "APM3: CPUID Fn8000_0008, Fn8000_001F") { check_address_bits(); }

RULE(cpuid_addresses_end_below_a_higher_c_bit, "APM3: CPUID Fn8000_0008, Fn8000_001F",
     .options = "--c-bit 51", .image = "--c-bit 51") {
    CHECK_EQ(info().c_bit, 51);
    check_address_bits();
}

}  // namespace
}  // namespace rules
