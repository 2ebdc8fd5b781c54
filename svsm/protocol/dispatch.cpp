// SPDX-License-Identifier: MIT
#include "svsm/protocol/dispatch.hpp"

#include "abi/svsm/core.hpp"
#include "svsm/protocol/core/core.hpp"

namespace svsm {

Answer dispatch(Guest& guest, Vcpu& vcpu, const Call& call) {
    if (abi::CallId::Protocol::get(call.rax) != abi::core_protocol)
        return to_answer(SvsmError::UnsupportedProtocol);
    switch (static_cast<abi::CoreCall>(abi::CallId::Call::get(call.rax))) {
        case abi::CoreCall::QueryProtocol: return {.rcx = core::query_protocol(call.rcx)};
        case abi::CoreCall::Pvalidate:
            return to_answer(core::pvalidate(guest, vcpu, call.vmpl, Gpa{call.rcx}));
        case abi::CoreCall::RemapCa:
            return to_answer(core::remap_ca(guest, vcpu, call.generation, Gpa{call.rcx}));
        case abi::CoreCall::CreateVcpu:
            return to_answer(core::create_vcpu(
                guest, call.vmpl, {Gpa{call.rcx}, Gpa{call.rdx}, static_cast<std::uint32_t>(call.r8)}));
        default: return to_answer(SvsmError::UnsupportedCall);
    }
}

}  // namespace svsm
