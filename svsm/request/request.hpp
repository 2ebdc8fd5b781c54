// SPDX-License-Identifier: MIT
// Serves the calls of one vCPU.
#pragma once
#include <optional>

#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm {

/// What this CPU's windows show of one level of its vCPU.
struct SlotView {
    abi::Vmpl level = abi::Vmpl::Vmpl1;
    std::uint64_t generation = 0, changed = 0;  ///< of the slot as it is shown
    Gpa vmsa_page{};
    Va vmsa{}, calling_area{};  ///< null: there is no such level
    [[nodiscard]] bool is_present() const { return vmsa != Va{}; }
};

/// The same for all levels, and since which generation of the vCPU.
struct VcpuView {
    std::uint64_t generation = 0;
    std::array<SlotView, guest_levels.size()> slots{SlotView{.level = guest_levels[0]},
                                                    SlotView{.level = guest_levels[1]},
                                                    SlotView{.level = guest_levels[2]}};
    /// The most privileged that there is: it is asked first, so no other can have its calls served, or run,
    /// in its place.
    SlotView* highest = slots.data();
    SlotView* last = slots.data();  ///< that ran last

    VcpuView() = default;
    VcpuView(VcpuView&&) = delete;  // it points into itself
};

enum class Outcome : std::uint8_t {
    NoCall,   ///< nothing was asked, nothing changed
    Changed,  ///< the windows are out of date: refresh, and look again
    Served,
    CallerGone,  ///< the call deleted the VMSA that made it: there is nobody to answer
};

/// Maps VMSAs and calling areas anew where somebody changed them. Afterwards an old calling area is an
/// ordinary page of the guest again.
void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// Looks for a call of the level that `view` shows, and serves it: SVME off, pending and exit code checked,
/// registers read once, results, pending cleared, SVME on. [SVSM "Calling Convention"]
[[nodiscard]] Outcome process_one_request(Guest& guest, Vcpu& vcpu, const SlotView& view);

/// Why a level runs next.
enum class Turn : std::uint8_t {
    Answered,   ///< it has just called: the host knows its VMSA
    Replaced,   ///< it has just called, and has another VMSA by now
    Continues,  ///< nobody called, and it ran last, or is the first to run
};
struct Next {
    abi::Vmpl level;
    Turn turn;
};

/// One awakening: looks at the levels in order of privilege until one has called, and serves that. The level
/// to run next: the caller's, or the last one when nobody called; nullopt when the vCPU has nothing to run.
[[nodiscard]] std::optional<Next> serve(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// Serve, let the guest run, serve...; returns never.
[[noreturn]] void svsm_request_loop(Guest& guest, Vcpu& vcpu);

}  // namespace svsm
