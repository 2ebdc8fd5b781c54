// SPDX-License-Identifier: MIT
#include "svsm/protocol/dispatch.hpp"

#include "abi/svsm/core.hpp"
#include "svsm/protocol/core/core.hpp"

namespace svsm {
namespace {

Answer delete_vcpu(Guest& guest, Vcpu& vcpu, const Call& call) {
    auto answer = to_answer(core::delete_vcpu(guest, vcpu, call.vmpl, Gpa{call.rcx}));
    answer.caller_gone = answer.result == abi::svsm_success && Gpa{call.rcx} == call.vmsa;
    return answer;
}

Answer configure_vtom(const Call& call) {
    const auto answer = core::configure_vtom(call.rcx);
    return answer ? Answer{.rcx = *answer} : to_answer(answer.error());
}

}  // namespace

[[gnu::always_inline]] Answer dispatch(Guest& guest, Vcpu& vcpu, const Call& call) {
    if (abi::CallId::Protocol::get(call.rax) != abi::core_protocol)
        return to_answer(SvsmError::UnsupportedProtocol);
    // There is no table of jumps (cmake/flags.cmake). The shortest call is compared first, where it counts
    // most.
    const auto number = __builtin_expect(static_cast<long>(abi::CallId::Call::get(call.rax)),
                                         static_cast<long>(abi::CoreCall::QueryProtocol));
    switch (static_cast<abi::CoreCall>(number)) {
        case abi::CoreCall::QueryProtocol: return {.rcx = core::query_protocol(call.rcx)};
        case abi::CoreCall::Pvalidate:
            return to_answer(core::pvalidate(guest, vcpu, call.vmpl, Gpa{call.rcx}));
        case abi::CoreCall::RemapCa:
            return to_answer(core::remap_ca(guest, vcpu, call.vmpl, call.generation, Gpa{call.rcx}));
        case abi::CoreCall::CreateVcpu:
            return to_answer(core::create_vcpu(
                guest, call.vmpl, {Gpa{call.rcx}, Gpa{call.rdx}, static_cast<std::uint32_t>(call.r8)}));
        case abi::CoreCall::DeleteVcpu: return delete_vcpu(guest, vcpu, call);
        case abi::CoreCall::DepositMem: return to_answer(core::deposit_mem(guest, vcpu, Gpa{call.rcx}));
        case abi::CoreCall::WithdrawMem:
            return to_answer(core::withdraw_mem(guest, vcpu, call.vmpl, Gpa{call.rcx}));
        case abi::CoreCall::ConfigureVtom: return configure_vtom(call);
        default: return to_answer(SvsmError::UnsupportedCall);
    }
}

}  // namespace svsm
