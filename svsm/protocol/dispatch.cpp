// SPDX-License-Identifier: MIT
#include "svsm/protocol/dispatch.hpp"

#include "abi/svsm/core.hpp"
#include "svsm/protocol/core/core.hpp"

namespace svsm {
namespace {

Answer delete_vcpu(Guest& guest, Vcpu& vcpu, const Call& call) {
    auto answer = to_answer(core::delete_vcpu(guest, vcpu, call.vmpl, Gpa{call.rcx}));
    if (answer.result == abi::svsm_success && Gpa{call.rcx} == call.vmsa)
        answer.caller = Answer::Caller::Gone;
    return answer;
}

Answer create_vcpu(Guest& guest, Vcpu& vcpu, const Call& call) {
    const auto created = core::create_vcpu(
        guest, vcpu, call.vmpl, {Gpa{call.rcx}, Gpa{call.rdx}, static_cast<std::uint32_t>(call.r8)});
    return created ? Answer{.caller = *created} : to_answer(created.error());
}

Answer configure_vtom(const Call& call) {
    const auto answer = core::configure_vtom(call.rcx);
    return answer ? Answer{.rcx = *answer} : to_answer(answer.error());
}

}  // namespace

[[gnu::always_inline]] Answer dispatch(Guest& guest, Vcpu& vcpu, const Call& call) {
    if (abi::CallId::Protocol::get(call.rax) != abi::core_protocol)
        return to_answer(SvsmError::UnsupportedProtocol);
    const auto number = static_cast<abi::CoreCall>(abi::CallId::Call::get(call.rax));
    // First and alone: without jump tables the others are searched for, and this is the call that shows what
    // a switch of worlds costs (docs/bench.md).
    if (number == abi::CoreCall::QueryProtocol) [[likely]]
        return {.rcx = core::query_protocol(call.rcx)};
    switch (number) {
        case abi::CoreCall::Pvalidate:
            return to_answer(core::pvalidate(guest, vcpu, call.vmpl, Gpa{call.rcx}));
        case abi::CoreCall::RemapCa:
            return to_answer(core::remap_ca(guest, vcpu, call.vmpl, call.generation, Gpa{call.rcx}));
        case abi::CoreCall::CreateVcpu: return create_vcpu(guest, vcpu, call);
        case abi::CoreCall::DeleteVcpu: return delete_vcpu(guest, vcpu, call);
        case abi::CoreCall::DepositMem: return to_answer(core::deposit_mem(guest, vcpu, Gpa{call.rcx}));
        case abi::CoreCall::WithdrawMem:
            return to_answer(core::withdraw_mem(guest, vcpu, call.vmpl, Gpa{call.rcx}));
        case abi::CoreCall::ConfigureVtom: return configure_vtom(call);
        default: return to_answer(SvsmError::UnsupportedCall);
    }
}

}  // namespace svsm
