// SPDX-License-Identifier: MIT
// CR0, CR4 and XCR0 take what this CPU has, and nothing else.
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::Vector;

RULE(osxsave_is_gp_while_cpuid_hides_xsave, "APM2: CR4 Register, OSXSAVE") {
    const auto fault = trap([] { write_cr4(read_cr4() | abi::Cr4::osxsave); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    CHECK_EQ(read_cr4() & abi::Cr4::osxsave, 0);
}

RULE(xsetbv_is_ud_while_osxsave_is_clear, "APM4: XSETBV") {
    const auto fault = trap([] { write_xcr0(1); });
    CHECK(fault && fault->is(Vector::InvalidOpcode));
}

RULE(cr4_bits_of_hidden_features_are_gp, "APM2: CR4 Register") {
    for (const unsigned bit : {12u, 13u, 14u, 17u, 19u, 22u, 23u, 24u, 32u}) {
        const auto fault = trap([&] { write_cr4(read_cr4() | 1ull << bit); });
        if (!CHECK(fault && fault->is(Vector::GeneralProtection, 0))) note("bit", bit);
    }
}

RULE(cr0_refuses_combinations_that_do_not_exist, "APM2: CR0 Register") {
    using abi::Cr0;
    const std::uint64_t cr0 = read_cr0();
    for (const std::uint64_t value : {cr0 | Cr0::nw, cr0 & ~Cr0::pe, cr0 & ~Cr0::pg}) {
        const auto fault = trap([&] { write_cr0(value); });
        if (!CHECK(fault && fault->is(Vector::GeneralProtection, 0))) note("CR0", value);
    }
    CHECK_EQ(read_cr0(), cr0);
    write_cr0(cr0 & ~Cr0::wp);
    CHECK_EQ(read_cr0(), cr0 & ~Cr0::wp);
    write_cr0(cr0 & ~Cr0::et);
    CHECK_EQ(read_cr0(), cr0);  // ET is always one
}

RULE(lmsw_and_clts_change_what_they_may, "APM3: LMSW, CLTS") {
    using abi::Cr0;
    const std::uint64_t cr0 = read_cr0();
    constexpr std::uint64_t ts = 8, em = 4;
    asm volatile("lmsw %w0" : : "r"(static_cast<std::uint16_t>(cr0 | ts)));
    CHECK_EQ(read_cr0(), cr0 | ts);
    asm volatile("clts");
    CHECK_EQ(read_cr0(), cr0);
    asm volatile("lmsw %w0" : : "r"(static_cast<std::uint16_t>((cr0 | em) & ~Cr0::pe)));
    CHECK_EQ(read_cr0(), cr0 | em);  // PE cannot be cleared so
    write_cr0(cr0);
}

RULE(pae_stays_in_long_mode, "APM2: CR4 Register, PAE") {
    const auto fault = trap([] { write_cr4(read_cr4() & ~abi::Cr4::pae); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
}

RULE(cr4_that_is_wrong_after_many_right_writes_is_gp_at_the_next_exit, "APM2: CR4 Register") {
    const std::uint64_t cr4 = read_cr4();
    for (int i = 0; i < 1000; ++i) write_cr4(cr4 ^ abi::Cr4::pge);
    CHECK_EQ(read_cr4(), cr4 ^ abi::Cr4::pge);
    write_cr4(cr4);
    for (const bool is_again : {false, true}) {
        const auto fault = trap([&] {
            write_cr4(cr4 | abi::Cr4::osxsave);
            (void)read_msr(abi::Msr::SevStatus);
        });
        if (!CHECK(fault && fault->is(Vector::GeneralProtection, 0))) note("again", is_again);
        CHECK_EQ(read_cr4(), cr4);
    }
}

}  // namespace
}  // namespace rules
