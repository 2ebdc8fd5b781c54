// SPDX-License-Identifier: MIT
// Extended states: XCR0, YMM and PKRU of each level.
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::Cr4, abi::Vector;

#define XSAVE_RULE(name, manual, ...) \
    RULE(name, manual, .options = "--cpu-features xsave,pku" __VA_OPT__(, ) __VA_ARGS__)

constexpr std::uint64_t avx = 7, keys = 0x207;

void switch_on(std::uint64_t xcr0) {
    write_cr4(read_cr4() | Cr4::osxsave);
    write_xcr0(xcr0);
}
void switch_on_keys() {
    switch_on(keys);
    write_cr4(read_cr4() | Cr4::pke);
}

constinit std::uint64_t seen[4]{};

XSAVE_RULE(ymm_is_one_of_each_level, "APM2: VMSA Layout, FPREG_YMM_HI") {
    switch_on(avx);
    set_ymm0_high(0x5ec2e7);
    run_edited([](abi::Vmsa& vmsa) { vmsa.xcr0 = avx; },
               [] {
                   seen[0] = get_ymm0_high();
                   set_ymm0_high(0x1111);
               });
    CHECK_EQ(seen[0], 0);
    CHECK_EQ(get_ymm0_high(), 0x5ec2e7);
}

XSAVE_RULE(ymm_does_not_leak_to_a_level_that_switches_avx_on, "APM2: VMSA Layout, FPREG_YMM_HI") {
    switch_on(avx);
    set_ymm0_high(0x5ec2e7);
    run_edited([](abi::Vmsa&) {},
               [] {
                   write_xcr0(avx);
                   seen[0] = get_ymm0_high();
               });
    CHECK_EQ(seen[0], 0);
}

XSAVE_RULE(ymm_is_part_of_the_vmsa, "APM2: VMSA Layout, FPREG_YMM_HI") {
    switch_on(avx);
    const auto& vmsa = run_edited(
        [](abi::Vmsa& v) {
            v.xcr0 = avx;
            v.ymm_hi[0] = 0x42;
        },
        [] {
            seen[0] = get_ymm0_high();
            set_ymm0_high(0x99);
        });
    CHECK_EQ(seen[0], 0x42);
    CHECK_EQ(vmsa.ymm_hi[0], 0x99);
}

XSAVE_RULE(xcr0_is_one_of_each_level, "APM2: VMSA Layout, XCR0") {
    switch_on(avx);
    const auto& vmsa = run_edited([](abi::Vmsa&) {},
                                  [] {
                                      seen[0] = read_xcr0();
                                      write_xcr0(3);
                                  });
    CHECK_EQ(seen[0], 1);
    CHECK_EQ(vmsa.xcr0, 3);
    CHECK_EQ(read_xcr0(), avx);
}

XSAVE_RULE(avx_is_ud_while_xcr0_of_the_vmsa_lacks_it, "APM2: XCR0") {
    switch_on(avx);
    abi::Vmsa& vmsa = make_open_vmsa(1, [] { set_ymm0_high(1); });
    REQUIRE(seal(vmsa));
    const auto fault = run_at(1, vmsa);
    CHECK(fault && fault->is(Vector::InvalidOpcode));
}

XSAVE_RULE(xsetbv_refuses_what_the_vmsa_has_no_place_for, "APM4: XSETBV") {
    switch_on(avx);
    for (const std::uint64_t value : {0ull, 2ull, 5ull, 0x9ull, 0x1full, 0xe7ull, 1ull << 63 | 1}) {
        const auto fault = trap([&] { write_xcr0(value); });
        if (!CHECK(fault && fault->is(Vector::GeneralProtection, 0))) note("XCR0", value);
    }
    const auto other = trap([] { write_xcr(1, 1); });
    CHECK(other && other->is(Vector::GeneralProtection, 0));
    CHECK_EQ(read_xcr0(), avx);
}

XSAVE_RULE(pkru_is_one_of_each_level, "APM2: VMSA Layout, PKRU") {
    switch_on_keys();
    write_pkru(0x5555'5554);
    const auto& vmsa = run_edited(
        [](abi::Vmsa& v) {
            v.xcr0 = keys;
            v.pkru = 0x1230;
        },
        [] {
            seen[0] = read_pkru();
            write_pkru(0x4560);
        });
    CHECK_EQ(seen[0], 0x1230);
    CHECK_EQ(vmsa.pkru, 0x4560);
    CHECK_EQ(read_pkru(), 0x5555'5554);
    write_pkru(0);
}

XSAVE_RULE(xss_takes_zero_only, "APM2: XSS MSR") {
    CHECK_EQ(read_msr(abi::Msr::Xss), 0);
    CHECK(!trap([] { write_msr(abi::Msr::Xss, 0); }));
    for (const unsigned bit : {8u, 11u, 12u, 63u}) {
        const auto fault = trap([&] { write_msr(abi::Msr::Xss, 1ull << bit); });
        CHECK(fault && fault->is(Vector::GeneralProtection, 0));
    }
}

}  // namespace
}  // namespace rules
