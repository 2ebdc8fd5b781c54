// SPDX-License-Identifier: MIT
// Serves the calls of one vCPU.
#pragma once
#include <optional>

#include "svsm/guest/guest.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm {

/// Mappings of this CPU's windows for one level of its vCPU.
struct SlotView {
    abi::Vmpl level = abi::Vmpl::Vmpl1;
    std::uint64_t generation = 0, changed = 0;  ///< of the slot that the windows map
    Gpa vmsa_page{};
    Va vmsa{}, calling_area{};  ///< null: there is no such level
    [[nodiscard]] bool is_present() const { return vmsa != Va{}; }
};

/// The same for all levels, and the generation of the vCPU that they belong to.
struct VcpuView {
    std::uint64_t generation = 0;
    std::array<SlotView, guest_levels.size()> slots{SlotView{.level = guest_levels[0]},
                                                    SlotView{.level = guest_levels[1]},
                                                    SlotView{.level = guest_levels[2]}};
    /// The most privileged level that exists. The SVSM checks it first, so no other level is served, or runs,
    /// in its place.
    SlotView* highest = slots.data();
    SlotView* last = slots.data();  ///< the level that ran last

    VcpuView() = default;
    VcpuView(VcpuView&&) = delete;  // it points into itself
};

enum class Outcome : std::uint8_t {
    NoCall,   ///< nothing was asked, nothing changed
    Changed,  ///< the windows are out of date: refresh, and check again
    Served,
    CallerGone,  ///< the call deleted the caller's VMSA: there is no caller to answer
};

/// Remaps VMSAs and calling areas whose slots have changed. Afterwards an old calling area is an ordinary
/// page of the guest again.
void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// Checks for a call of the level in `view`, and serves it: SVME off, pending and exit code checked,
/// registers read once, results written, pending cleared, SVME on. [SVSM "Calling Convention"]
[[nodiscard]] Outcome process_one_request(Guest& guest, Vcpu& vcpu, const SlotView& view);

/// Why a level runs next.
enum class Turn : std::uint8_t {
    Answered,   ///< the level has just called: the host knows its VMSA
    Replaced,   ///< the level has just called, and has another VMSA since
    Continues,  ///< no level called; this one ran last, or is the first to run
};
struct Next {
    abi::Vmpl level;
    Turn turn;
};

/// One pass after the CPU resumes: checks the levels in order of privilege, and serves the first that has
/// called. Returns the level to run next: the caller's, or the one that ran last if none called; nullopt when
/// the vCPU has nothing to run.
[[nodiscard]] std::optional<Next> serve(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// Serves calls and lets the guest run, in turns; never returns.
[[noreturn]] void svsm_request_loop(Guest& guest, Vcpu& vcpu);

}  // namespace svsm
