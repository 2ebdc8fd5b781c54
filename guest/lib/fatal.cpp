// SPDX-License-Identifier: MIT
#include "guest/lib/fatal.hpp"

#include "abi/snp/ghcb_msr.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/vcpu.hpp"

namespace guest {
namespace {
constexpr std::uint8_t fatal_report = 255;
constexpr std::uint8_t guest_termination_set = 1;
}  // namespace

void report(std::uint8_t value) {
    // If the host refuses even this, only termination remains; without it the guest would seem to hang.
    if (ghcb::out_byte(abi::adyton::report_port, value)) park();
    terminate(guest_termination_set, fatal_report);
}

void fatal(std::string_view why) {
    if (this_vcpu().ghcb == nullptr) terminate(guest_termination_set, fatal_report);
    // No lock: this vCPU may hold it already.
    console::write_unlocked("# fatal: ");
    console::write_unlocked(why);
    console::write_unlocked("\n");
    report(fatal_report);
}

void terminate(std::uint8_t set, std::uint8_t code) {
    using abi::GhcbMsr;
    for (;;)
        (void)ghcb::exchange_msr(static_cast<std::uint64_t>(abi::GhcbInfo::TerminateRequest) |
                                 GhcbMsr::TerminateSet::put(set) | GhcbMsr::TerminateCode::put(code));
}

}  // namespace guest
