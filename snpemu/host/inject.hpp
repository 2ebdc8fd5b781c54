// SPDX-License-Identifier: MIT
// Adversary: events that a host puts into VMPL0.
#pragma once
#include <optional>

#include "snpemu/host/machine.hpp"
#include "snpemu/silicon/exit_reason.hpp"

namespace snpemu {

/// What the host injects where VMPL0 goes on, at its entry or behind an emulated instruction; nothing before
/// the first call.
[[nodiscard]] silicon::ExitReason inject_at_vmpl0(Machine& machine, Vcpu& vcpu);
/// Raises the exception that the lie names. Empty: the VMSA does not take it, and nothing has happened.
[[nodiscard]] std::optional<silicon::ExitReason> inject(Machine& machine, Vcpu& vcpu,
                                                        const model::host::Lie& lie);

}  // namespace snpemu
