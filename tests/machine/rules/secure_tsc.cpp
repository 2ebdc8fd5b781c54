// SPDX-License-Identifier: MIT
// Secure TSC: what a VMSA reads as its time is the CPU's and its own offset, whatever the host does.
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::Msr, abi::Vector;

#define TSC_RULE(name, manual) RULE(name, manual, .image = "--sev-features 201")

constexpr std::uint64_t far = 1ull << 50;

constinit std::uint64_t seen = 0;

std::uint64_t host_time() {
    REQUIRE(ghcb::event(abi::NaeEvent::Rdtsc) == 0);
    return ghcb::page().rax | ghcb::page().rdx << 32;
}
/// The host's MSR event for TSC.
bool host_takes_time(std::uint64_t value) {
    return ghcb::event({.code = static_cast<std::uint64_t>(abi::NaeEvent::Msr),
                        .info1 = 1,
                        .rax = value & 0xffff'ffff,
                        .rcx = static_cast<std::uint64_t>(Msr::Tsc),
                        .rdx = value >> 32}) == 0;
}

TSC_RULE(secure_tsc_is_shown_in_sev_status, "APM2: SEV_STATUS MSR") {
    CHECK_EQ(read_msr(Msr::SevStatus), 3 | 0x201 << 2);
}

TSC_RULE(each_vmsa_has_an_offset_of_its_own, "APM2: Secure TSC") {
    const auto before = host_time();
    run_edited([](abi::Vmsa& vmsa) { vmsa.tsc_offset = far; }, [] { seen = read_tsc(); });
    const auto after = host_time();
    CHECK(before + far <= seen && seen <= after + far);
    CHECK(read_tsc() < far);  // here nothing has changed
}

TSC_RULE(the_host_does_not_move_the_time_of_a_vmsa, "APM2: Secure TSC") {
    const auto before = read_tsc();
    CHECK(host_takes_time(far));
    CHECK(read_tsc() - before < far);
    // It has moved what the host takes for the time.
    CHECK(host_time() >= far);
    run_edited([](abi::Vmsa& vmsa) { vmsa.tsc_offset = 0; }, [] { seen = read_tsc(); });
    CHECK(seen < far);
    CHECK(host_takes_time(before));
}

RULE(without_secure_tsc_the_host_moves_the_time, "APM2: TSC_OFFSET") {
    CHECK(host_takes_time(far));
    CHECK(read_tsc() >= far);
    CHECK(host_takes_time(0));
    CHECK(read_tsc() < far);
}

TSC_RULE(the_frequency_can_be_read_in_mhz, "APM2: GUEST_TSC_FREQ MSR") {
    const auto mhz = read_msr(Msr::GuestTscFreq);
    CHECK(mhz >= 100 && mhz <= 10'000);
}

TSC_RULE(the_frequency_cannot_be_written, "APM2: GUEST_TSC_FREQ MSR") {
    const auto fault = trap([] { write_msr(Msr::GuestTscFreq, 1000); });
    CHECK(fault && fault->is(Vector::GeneralProtection, 0));
}

RULE(without_secure_tsc_the_frequency_is_an_msr_of_the_host, "APM2: GUEST_TSC_FREQ MSR") {
    CHECK(trap([] { (void)read_msr(Msr::GuestTscFreq); }));
    CHECK(trap([] { write_msr(Msr::GuestTscFreq, 1000); }));
}

#define REFUSED(name)                                                                        \
    RULE(name, "APM2: Secure TSC", .ends = "invalid cpu=0 vmpl=1 reason=tsc-scale-is-not-1", \
         .image = "--sev-features 201")

REFUSED(vmrun_refuses_a_clock_that_stands_still) {
    run_edited([](abi::Vmsa& vmsa) { vmsa.tsc_scale = 0; }, [] {});
}

REFUSED(vmrun_refuses_a_clock_of_double_speed) {
    run_edited([](abi::Vmsa& vmsa) { vmsa.tsc_scale = 2 * abi::tsc_scale_one; }, [] {});
}

}  // namespace
}  // namespace rules
