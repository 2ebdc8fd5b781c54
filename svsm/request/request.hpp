// SPDX-License-Identifier: MIT
// Serves the calls of one vCPU.
#pragma once
#include "svsm/guest/guest.hpp"
#include "svsm/request/call.hpp"

namespace svsm {

/// What this CPU's windows show, and since which generation of the vCPU.
struct VcpuView {
    std::uint32_t generation = 0;
    bool present = false;
    abi::Vmpl vmpl = abi::Vmpl::Vmpl1;
    Va vmsa{}, calling_area{};
};

/// Maps the vCPU's VMSA and calling area anew when somebody changed them. Afterwards the old calling area is
/// an ordinary page of the guest again.
void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// Looks for a call and serves it: SVME off, pending and exit code checked, registers read once, results,
/// pending cleared, SVME on. Leaves the vCPU as it was when there is no call. [SVSM "Calling Convention"]
void process_one_request(Guest& guest, Vcpu& vcpu, const VcpuView& view);

/// Serve, let the guest run, serve...; returns never.
[[noreturn]] void svsm_request_loop(Guest& guest, Vcpu& vcpu);

}  // namespace svsm
