// SPDX-License-Identifier: MIT
// The parts of one pass of a CPU's loop. The whole path of a usual call is inlined there.
#pragma once
#include "svsm/request/request.hpp"

namespace svsm {

/// Announces that this CPU works on no level.
inline void end_service(Vcpu& vcpu) { vcpu.in_service.store(abi::Vmpl::Vmpl0, std::memory_order_release); }

/// Announces that this CPU works on the level of `slot`, and checks that its windows are up to date. A CPU
/// that removes a VMSA or calling area bumps the generation, then loads the announcement. This CPU announces,
/// then loads the generation. So at least one of the two sees the other. False after a change; nothing
/// is announced then.
inline bool begin_service(Vcpu& vcpu, const VcpuView& view, const SlotView& slot) {
    vcpu.in_service.exchange(slot.level, std::memory_order_seq_cst);
    if (vcpu.generation.load(std::memory_order_seq_cst) == view.generation) [[likely]]
        return true;
    end_service(vcpu);
    return false;
}

/// Serves a call of the level in `slot`, if it has made one.
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

/// Remaps what has changed. False when the caller's level has lost its VMSA or has another one.
[[nodiscard, gnu::cold, gnu::noinline]] bool refresh_caller(Guest& guest, Vcpu& vcpu, VcpuView& view);

/// True when the caller's VMSA, after its call, is still the one in its level's slot.
[[gnu::always_inline]] inline bool is_caller_there(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    return vcpu.generation.load(std::memory_order_acquire) == view.generation ||
           refresh_caller(guest, vcpu, view);
}

/// Serves a call of any other level, given the `outcome` of the highest one.
[[nodiscard, gnu::cold, gnu::noinline]] Outcome serve_any(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                                          Outcome outcome);

/// The caller runs next, even if its call replaced its own vCPU's VMSA. But the host may have started the new
/// VMSA already, and it may have called: it would run again unanswered. So the SVSM checks a level whose VMSA
/// changed once more.
[[nodiscard, gnu::cold, gnu::noinline]] std::optional<Next> look_again(Guest& guest, Vcpu& vcpu,
                                                                       VcpuView& view, SlotView& caller);

/// The rest of `serve` when the highest level had no call.
[[nodiscard, gnu::cold, gnu::noinline]] std::optional<Next> serve_rest(Guest& guest, Vcpu& vcpu,
                                                                       VcpuView& view, Outcome outcome);

/// Why this CPU resumed.
enum class Phase : std::uint8_t {
    Launch,   ///< the guest has never run
    Rest,     ///< from HLT: the host woke this CPU
    Run,      ///< Run VMPL
    Refusal,  ///< from Run VMPL, whose reply is a refusal
};

/// Every case but "answer the caller and run it"; returns after a level has run.
[[gnu::cold, gnu::noinline]] void run_somebody(Guest& guest, Vcpu& vcpu, VcpuView& view,
                                               std::optional<Next> next, Phase phase);

}  // namespace svsm
