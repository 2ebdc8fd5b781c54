// SPDX-License-Identifier: MIT
// Selects the function of a call, and turns registers into parameters and results into registers.
#include "svsm/protocol/core/core.hpp"

#include "abi/svsm/core.hpp"

namespace svsm::core {
namespace {

Answer answer_delete_vcpu(Guest& guest, Vcpu& vcpu, const Call& call) {
    auto answer = to_answer(delete_vcpu(guest, vcpu, call.vmpl, Gpa{call.rcx}));
    if (answer.result == abi::svsm_success && Gpa{call.rcx} == call.vmsa)
        answer.caller = Answer::Caller::Gone;
    return answer;
}

Answer answer_create_vcpu(Guest& guest, Vcpu& vcpu, const Call& call) {
    const auto created = create_vcpu(guest, vcpu, call.vmpl,
                                     {Gpa{call.rcx}, Gpa{call.rdx}, static_cast<std::uint32_t>(call.r8)});
    return created ? Answer{.caller = *created} : to_answer(created.error());
}

Answer answer_configure_vtom(const Call& call) {
    const auto answer = configure_vtom(call.rcx);
    return answer ? Answer{.rcx = *answer} : to_answer(answer.error());
}

}  // namespace

[[gnu::always_inline]] Answer serve(Guest& guest, Vcpu& vcpu, const Call& call) {
    switch (static_cast<abi::CoreCall>(abi::CallId::Call::get(call.rax))) {
        case abi::CoreCall::Pvalidate: return to_answer(pvalidate(guest, vcpu, call.vmpl, Gpa{call.rcx}));
        case abi::CoreCall::RemapCa:
            return to_answer(remap_ca(guest, vcpu, call.vmpl, call.generation, Gpa{call.rcx}));
        case abi::CoreCall::CreateVcpu: return answer_create_vcpu(guest, vcpu, call);
        case abi::CoreCall::DeleteVcpu: return answer_delete_vcpu(guest, vcpu, call);
        case abi::CoreCall::DepositMem: return to_answer(deposit_mem(guest, vcpu, Gpa{call.rcx}));
        case abi::CoreCall::WithdrawMem:
            return to_answer(withdraw_mem(guest, vcpu, call.vmpl, Gpa{call.rcx}));
        case abi::CoreCall::ConfigureVtom: return answer_configure_vtom(call);
        case abi::CoreCall::QueryProtocol:  // concerns all protocols: the registry has answered it
        default: return to_answer(SvsmError::UnsupportedCall);
    }
}

}  // namespace svsm::core
