// SPDX-License-Identifier: MIT
// Adversary: events that a host injects into VMPL0.
#pragma once
#include <optional>

#include "snpemu/host/machine.hpp"
#include "snpemu/silicon/exit_reason.hpp"

namespace snpemu {

/// The injection where VMPL0 resumes, at its entry or behind an emulated instruction; none before
/// the first call.
[[nodiscard]] silicon::ExitReason inject_at_vmpl0(Machine& machine, Vcpu& vcpu);
/// Raises the exception that the lie names. Empty: the VMSA refuses it, and nothing has happened.
[[nodiscard]] std::optional<silicon::ExitReason> inject(Machine& machine, Vcpu& vcpu,
                                                        const model::host::Lie& lie);

}  // namespace snpemu
