// SPDX-License-Identifier: MIT
// One awakening in its parts: what the loop of a CPU is made of. All of a usual call is inlined there.
#pragma once
#include "svsm/request/request.hpp"

namespace svsm {

/// This CPU works on no level any more.
inline void end_service(Vcpu& vcpu) { vcpu.in_service.store(abi::Vmpl::Vmpl0, std::memory_order_release); }

/// Announces that this CPU works on the level of `slot`, and makes sure that its windows are up to date.
/// Whoever takes a VMSA or calling area away bumps the generation and looks at the announcement; we announce
/// and look at the generation. One of the two sees the other. False when there was a change, and then nothing
/// is announced.
inline bool begin_service(Vcpu& vcpu, const VcpuView& view, const SlotView& slot) {
    vcpu.in_service.exchange(slot.level, std::memory_order_seq_cst);
    if (vcpu.generation.load(std::memory_order_seq_cst) == view.generation) [[likely]]
        return true;
    end_service(vcpu);
    return false;
}

/// Serves a call of the level that `slot` shows, if it has made one.
inline Outcome serve_level(Guest& guest, Vcpu& vcpu, const VcpuView& view, const SlotView& slot) {
    if (!begin_service(vcpu, view, slot)) return Outcome::Changed;
    const auto outcome = slot.is_present() ? process_one_request(guest, vcpu, slot) : Outcome::NoCall;
    end_service(vcpu);
    return outcome;
}

/// The usual call: the most privileged level has made it.
[[gnu::always_inline]] inline Outcome serve_highest(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    auto& highest = *view.highest;
    const auto outcome = serve_level(guest, vcpu, view, highest);
    if (outcome == Outcome::Served) view.last = &highest;
    return outcome;
}

/// Maps anew what changed. False when the caller's level has another VMSA by now, or none.
[[nodiscard, gnu::cold, gnu::noinline]] bool refresh_caller(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// After a call was served: the caller's VMSA is still its level's.
[[gnu::always_inline]] inline bool is_caller_there(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    return vcpu.generation.load(std::memory_order_acquire) == view.generation ||
           refresh_caller(guest, vcpu, view);
}

/// Serves a call of any level, after the highest one's `outcome`.
[[nodiscard, gnu::cold, gnu::noinline]] Outcome serve_any(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                                          Outcome outcome);

/// The caller runs next, even if its call replaced its own vCPU's VMSA. But the host may have started the new
/// one already, in the middle of our work, and it may have called: it would be run again unanswered. So a
/// level whose VMSA changed is looked at once more.
[[nodiscard, gnu::cold, gnu::noinline]] std::optional<Next> look_again(Guest& guest, Vcpu& vcpu,
                                                                       VcpuView& view, SlotView& caller);

/// What is left of `serve` when the highest level was not served.
[[nodiscard, gnu::cold, gnu::noinline]] std::optional<Next> serve_rest(Guest& guest, Vcpu& vcpu,
                                                                       VcpuView& view, Outcome outcome);

/// What this CPU comes from.
enum class Phase : std::uint8_t {
    Launch,   ///< nothing of the guest's has ever run
    Rest,     ///< HLT: somebody wants this CPU
    Run,      ///< Run VMPL
    Refusal,  ///< Run VMPL for the one who is next, and the reply says no
};

/// Everything but "answer the caller and run it": returns when somebody has run.
[[gnu::cold, gnu::noinline]] void run_somebody(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                               std::optional<Next> next, Phase phase);

}  // namespace svsm
