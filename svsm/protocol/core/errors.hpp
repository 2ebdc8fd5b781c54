// SPDX-License-Identifier: MIT
// The one place where a refused instruction becomes a result code. [SVSM "Result Codes"]
#pragma once
#include "machine/machine.hpp"
#include "svsm/protocol/call.hpp"

namespace svsm::core {

/// 0x80001000 + EAX; a page that could not even be reached is a bad address.
[[nodiscard]] constexpr SvsmError to_svsm_error(machine::PvalidateError error) {
    switch (error) {
        case machine::PvalidateError::FailInput: return SvsmError::FailInput;
        case machine::PvalidateError::FailSizeMismatch: return SvsmError::FailSizeMismatch;
        case machine::PvalidateError::Unchanged: return SvsmError::PvalidateUnchanged;
        case machine::PvalidateError::Unknown: return SvsmError::PvalidateUnknown;
        case machine::PvalidateError::Fault: return SvsmError::InvalidAddress;
    }
    return SvsmError::PvalidateUnknown;
}

[[nodiscard]] constexpr SvsmError to_svsm_error(machine::RmpadjustError error) {
    switch (error) {
        case machine::RmpadjustError::FailInput: return SvsmError::FailInput;
        case machine::RmpadjustError::FailPermission: return SvsmError::FailPermission;
        case machine::RmpadjustError::FailInUse: return SvsmError::FailInUse;
        case machine::RmpadjustError::FailSizeMismatch: return SvsmError::FailSizeMismatch;
        case machine::RmpadjustError::Unknown: return SvsmError::PvalidateUnknown;
        case machine::RmpadjustError::Fault: return SvsmError::InvalidAddress;
    }
    return SvsmError::PvalidateUnknown;
}

[[nodiscard]] constexpr SvsmError to_svsm_error(machine::GuestFault) { return SvsmError::InvalidAddress; }

/// The same for a result: its error translated, its value dropped.
template <class T, class E>
[[nodiscard]] constexpr CallResult to_call_result(const std::expected<T, E>& result) {
    if (!result) return std::unexpected{to_svsm_error(result.error())};
    return {};
}
static_assert(to_svsm_error(machine::PvalidateError::FailSizeMismatch) == SvsmError{0x8000'1006});

}  // namespace svsm::core
