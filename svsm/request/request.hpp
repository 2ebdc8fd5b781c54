// SPDX-License-Identifier: MIT
// Serves the calls of one vCPU.
#pragma once
#include <optional>

#include "svsm/guest/guest.hpp"
#include "svsm/request/call.hpp"

namespace svsm {

/// What this CPU's windows show of one level of its vCPU.
struct SlotView {
    bool present = false;
    std::uint32_t generation = 0;
    Gpa vmsa_page{};
    Va vmsa{}, calling_area{};
};

/// The same for all levels, and since which generation of the vCPU.
struct VcpuView {
    std::uint32_t generation = 0;
    abi::Vmpl last = abi::Vmpl::Vmpl1;  ///< that ran last: the next call is most likely its own
    std::array<SlotView, guest_levels.size()> slots{};

    [[nodiscard]] const SlotView& slot(abi::Vmpl level) const { return slots[slot_index(level)]; }
};

enum class Outcome : std::uint8_t {
    NoCall,  ///< nothing was asked, nothing changed
    Served,
    CallerGone,  ///< the call deleted the VMSA that made it: there is nobody to answer
};

/// Maps VMSAs and calling areas anew where somebody changed them. Afterwards an old calling area is an
/// ordinary page of the guest again.
void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// Looks for a call of `level`, which is present, and serves it: SVME off, pending and exit code checked,
/// registers read once, results, pending cleared, SVME on. [SVSM "Calling Convention"]
[[nodiscard]] Outcome process_one_request(Guest& guest, Vcpu& vcpu, const VcpuView& view, abi::Vmpl level);

/// One awakening: looks at the levels until one has called, and serves that. The level to run next: the
/// caller's, or the last one when nobody called; nullopt when the vCPU has nothing to run.
[[nodiscard]] std::optional<abi::Vmpl> serve(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// Serve, let the guest run, serve...; returns never.
[[noreturn]] void svsm_request_loop(Guest& guest, Vcpu& vcpu);

}  // namespace svsm
