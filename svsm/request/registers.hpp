// SPDX-License-Identifier: MIT
// Turns the registers in a VMSA into a call, and an answer into registers. Inline: a call spends much of
// its time here.
#pragma once
#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"
#include "machine/machine.hpp"
#include "svsm/protocol/call.hpp"
#include "svsm/request/request.hpp"

namespace svsm {

/// The call that the level of `view` has made. GuestFault when its VMSA is not accessible any more.
[[nodiscard, gnu::always_inline]] inline std::expected<Call, machine::GuestFault> read_call(
    const SlotView& view) {
    const auto vmsa = view.vmsa;
    const auto rax = TRY(machine::load_u64(vmsa + offsetof(abi::Vmsa, rax)));
    const auto r9 = TRY(machine::load_u64(vmsa + offsetof(abi::Vmsa, r9)));
    const auto rcx = TRY(machine::load_u64(vmsa + offsetof(abi::Vmsa, rcx)));
    const auto rdx = TRY(machine::load_u64(vmsa + offsetof(abi::Vmsa, rdx)));
    const auto r8 = TRY(machine::load_u64(vmsa + offsetof(abi::Vmsa, r8)));
    return Call{rax, rcx, rdx, r8, r9, view.level, view.generation, view.vmsa_page};
}

/// Writes the registers of the answer, RAX last. GuestFault as above; registers written before
/// the fault stay.
[[nodiscard, gnu::always_inline]] inline std::expected<void, machine::GuestFault> write_answer(
    Va vmsa, const Answer& answer) {
    if (answer.rcx) TRY_VOID(machine::store_u64(vmsa + offsetof(abi::Vmsa, rcx), *answer.rcx));
    if (answer.rdx) TRY_VOID(machine::store_u64(vmsa + offsetof(abi::Vmsa, rdx), *answer.rdx));
    if (answer.r8) TRY_VOID(machine::store_u64(vmsa + offsetof(abi::Vmsa, r8), *answer.r8));
    if (answer.r9) TRY_VOID(machine::store_u64(vmsa + offsetof(abi::Vmsa, r9), *answer.r9));
    return machine::store_u64(vmsa + offsetof(abi::Vmsa, rax), answer.result);
}

}  // namespace svsm
