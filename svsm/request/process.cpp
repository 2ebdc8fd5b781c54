// SPDX-License-Identifier: MIT
// One pass over a vCPU's calling area.
#include "abi/snp/exit_code.hpp"
#include "abi/snp/vmsa.hpp"
#include "abi/svsm/calling_area.hpp"
#include "machine/machine.hpp"
#include "svsm/guest/svme_guard.hpp"
#include "svsm/protocol/dispatch.hpp"
#include "svsm/request/registers.hpp"
#include "svsm/request/request.hpp"

namespace svsm {
namespace {

enum class Pending : std::uint8_t { No, Yes, Reserved };

/// Host and guest can both change this byte: one load per pass.
Pending read_pending(Va calling_area) {
    const auto value = machine::load_u8(calling_area + offsetof(abi::CallingArea, call_pending));
    // An inaccessible calling area counts as "no call"; the guest finds its pending byte still set.
    if (!value || *value == 0) return Pending::No;
    return *value == 1 ? Pending::Yes : Pending::Reserved;
}

/// Without this check an interrupt's exit would be served as a call that the guest has not finished writing.
bool left_by_vmgexit(Va vmsa) {
    const auto code = machine::load_u64(vmsa + offsetof(abi::Vmsa, guest_exit_code));
    return code && *code == static_cast<std::uint64_t>(abi::ExitCode::Vmgexit);
}

/// Writes the answer and lets the guest see it. `stopped` gives the VMSA back when the caller returns.
[[gnu::always_inline]] inline Outcome finish(SvmeGuard& stopped, const SlotView& view, const Answer& answer) {
    using enum Answer::Caller;
    if (answer.caller != Waits) [[unlikely]] {
        if (answer.caller == Replaced) {
            // A host may start the successor at once, and it may call before this line: do not clear
            // its pending byte.
            (void)write_answer(view.vmsa, answer);
            return Outcome::Served;
        }
        // Both pages belong to the guest again: an answer would overwrite its data.
        stopped.forget();
        return Outcome::CallerGone;
    }

    // Results, then pending, then SVME (the guard): once a guest sees pending cleared, its registers must
    // hold the answer.
    if (!write_answer(view.vmsa, answer)) [[unlikely]]
        return Outcome::Served;
    // If the calling area vanished during the call, its guest reads "not executed"; the SVSM has no other
    // way to answer.
    (void)machine::store_u8(view.calling_area + offsetof(abi::CallingArea, call_pending), 0);
    return Outcome::Served;
}

}  // namespace

[[gnu::always_inline]] Outcome process_one_request(Guest& guest, Vcpu& vcpu, const SlotView& view) {
    const Va vmsa = view.vmsa;
    SvmeGuard stopped{vmsa};
    if (!stopped.is_held()) [[unlikely]]
        return Outcome::NoCall;
    const auto pending = read_pending(view.calling_area);
    if (pending == Pending::No || !left_by_vmgexit(vmsa)) [[unlikely]]
        return Outcome::NoCall;
    const auto call = read_call(view);
    if (!call) [[unlikely]]
        return Outcome::NoCall;

    const auto finish_with = [&](const Answer& answer) __attribute__((always_inline)) {
        return finish(stopped, view, answer);
    };
    if (pending == Pending::Reserved) [[unlikely]]
        return finish_with(to_answer(SvsmError::InvalidFormat));
    return dispatch(guest, vcpu, *call, finish_with);
}

}  // namespace svsm
