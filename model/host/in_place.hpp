// SPDX-License-Identifier: MIT
// Which requests a host answers without a look at the save area of the vCPU that asks. Between exit and re-entry that
// page belongs to the guest: VMPL0 reads and adjusts it, another save area may be named in its place, another level may
// run. Where none of this can happen, the exit and the entry need not touch the page at all.
#pragma once
#include <variant>

#include "abi/snp/ghcb.hpp"
#include "model/ghcb_msr.hpp"

namespace model::host {

/// A list of what may, so that an event that is new is not on it. Not on it for a reason:
/// - Run VMPL: the level that runs next reads and writes the registers of the one that asked;
/// - AP creation: a save area is stored, named or given up, this vCPU's own too;
/// - AP reset hold, and HLT, which is no request: the vCPU rests, and its save area may be adjusted or replaced;
/// - page state change: the page that changes hands may be the save area itself;
/// - termination, guest requests, events that no specification knows: rare, and worth nothing.
[[nodiscard]] constexpr bool is_answered_in_place(abi::NaeEvent event) {
    using enum abi::NaeEvent;
    switch (event) {
        case Cpuid:
        case Ioio:
        case Msr:
        case MmioRead:
        case MmioWrite:
        case Rdtsc:
        case Rdtscp:
        case Rdpmc:
        case Vmmcall:
        case ReadDr7:
        case WriteDr7:
        case Invd:
        case Wbinvd:
        case Monitor:
        case Mwait:
        case NmiComplete:
        case GetApicIds:
        case HypervisorFeatures: return true;
        default: return false;
    }
}

/// The same for the MSR protocol. Of a request in the GHCB page the event decides.
[[nodiscard]] constexpr bool is_answered_in_place(const ghcb_msr::Request& request) {
    using namespace ghcb_msr;
    return std::holds_alternative<UseGhcbPage>(request) || std::holds_alternative<SevInfo>(request) ||
           std::holds_alternative<Cpuid>(request) || std::holds_alternative<PreferredGhcb>(request) ||
           std::holds_alternative<RegisterGhcb>(request) || std::holds_alternative<Features>(request);
}

}  // namespace model::host
