// SPDX-License-Identifier: MIT
// Adversary: events that a host puts into VMPL0.
#pragma once
#include <optional>

#include "snpemu/host/machine.hpp"
#include "snpemu/silicon/exit_reason.hpp"

namespace snpemu {

/// What the host injects where VMPL0 goes on, at its entry or behind an emulated instruction; nothing before the first
/// call.
[[nodiscard]] silicon::ExitReason inject_at_vmpl0(Machine& machine, Vcpu& vcpu);
/// What it injects at a PVALIDATE of `page`, which is not executed then; empty when it is.
[[nodiscard]] std::optional<silicon::ExitReason> inject_at_pvalidate(Machine& machine, Vcpu& vcpu, Gpa page);

}  // namespace snpemu
