// SPDX-License-Identifier: MIT
// The loop of a CPU after the boot: chooses the level to serve and the level to run next.
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/request/serve.hpp"

namespace svsm {
namespace {

/// Serves the levels in order of privilege, without `asked`: the host may have run any of them, or another
/// level may have.
Outcome ask_in_order(Guest& guest, Vcpu& vcpu, VcpuView& view, const SlotView* asked) {
    for (auto& slot : view.slots) {
        if (&slot == asked || !slot.is_present()) continue;
        const auto outcome = serve_level(guest, vcpu, view, slot);
        if (outcome == Outcome::NoCall) continue;
        view.last = &slot;
        return outcome;
    }
    return Outcome::NoCall;
}

/// Chooses without a caller to answer: the level that ran last, else the most privileged one that exists.
[[gnu::cold]] std::optional<Next> choose_next(VcpuView& view) {
    if (!view.last->is_present()) view.last = view.highest;
    if (!view.last->is_present()) return std::nullopt;
    return Next{view.last->level, Turn::Continues};
}

}  // namespace

Outcome serve_any(Guest& guest, Vcpu& vcpu, VcpuView& view, Outcome outcome) {
    if (outcome == Outcome::NoCall) outcome = ask_in_order(guest, vcpu, view, view.highest);
    while (outcome == Outcome::Changed) {
        refresh(guest, vcpu, view);
        outcome = ask_in_order(guest, vcpu, view, nullptr);
    }
    return outcome;
}

std::optional<Next> look_again(Guest& guest, Vcpu& vcpu, VcpuView& view, SlotView& caller) {
    auto outcome = Outcome::Changed;
    for (; outcome == Outcome::Changed; refresh(guest, vcpu, view))
        outcome = serve_level(guest, vcpu, view, caller);
    view.last = &caller;
    if (!caller.is_present()) return choose_next(view);
    return Next{caller.level, outcome == Outcome::Served ? Turn::Answered : Turn::Replaced};
}

std::optional<Next> serve_rest(Guest& guest, Vcpu& vcpu, VcpuView& view, Outcome outcome) {
    if (serve_any(guest, vcpu, view, outcome) != Outcome::Served) {
        refresh(guest, vcpu, view);
        return choose_next(view);
    }
    if (!is_caller_there(guest, vcpu, view)) return look_again(guest, vcpu, view, *view.last);
    return Next{view.last->level, Turn::Answered};
}

std::optional<Next> serve(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const auto outcome = serve_highest(guest, vcpu, view);
    if (outcome != Outcome::Served) return serve_rest(guest, vcpu, view, outcome);
    if (!is_caller_there(guest, vcpu, view)) return look_again(guest, vcpu, view, *view.last);
    return Next{view.last->level, Turn::Answered};
}

void svsm_request_loop(Guest& guest, Vcpu& vcpu) {
    VcpuView view;
    run_somebody(guest, vcpu, view, serve_rest(guest, vcpu, view, Outcome::Changed),
                 vcpu.is_boot ? Phase::Launch : Phase::Rest);
    // The same steps as `serve`, with the rare ones in cold functions: this loop is the whole path of
    // a usual call.
    for (;;) {
        const auto outcome = serve_highest(guest, vcpu, view);
        if (outcome != Outcome::Served) [[unlikely]] {
            run_somebody(guest, vcpu, view, serve_rest(guest, vcpu, view, outcome), Phase::Run);
        } else if (!is_caller_there(guest, vcpu, view)) [[unlikely]] {
            run_somebody(guest, vcpu, view, look_again(guest, vcpu, view, *view.last), Phase::Run);
        } else if (const auto level = view.last->level; !ghcb::run_vmpl(level)) [[unlikely]] {
            run_somebody(guest, vcpu, view, Next{level, Turn::Answered}, Phase::Refusal);
        }
    }
}

}  // namespace svsm
