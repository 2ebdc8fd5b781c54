// SPDX-License-Identifier: MIT
// Where the host gets a turn while silicon is at work: as a hypervisor does at a nested page fault, and as a lying one
// does at any instruction that leaves the guest. Declared here, defined by the floor above (host/turns.cpp): silicon knows
// no host. All are called without any lock, on the CPU in question.
#pragma once
#include <optional>

#include "snpemu/silicon/cpu.hpp"
#include "snpemu/silicon/exit_reason.hpp"
#include "snpemu/silicon/memory.hpp"
#include "snpemu/silicon/moment.hpp"

namespace snpemu::silicon::hypervisor {

/// An access found no translation, or an instruction names its operand, before the RMP is asked. The host may give the
/// page away or take it, or end the VM.
void sees_access(Memory& memory, Cpu& cpu, Gpa at, model::Encryption alias) EXCLUDES(memory.rmp_lock);

/// Before and after the guest does something to `page`. The first: what happens instead, if anything does; the
/// instruction or access is not carried out then.
[[nodiscard]] std::optional<ExitReason> acts_before(Memory& memory, Cpu& cpu, Gpa page, Moment moment)
    EXCLUDES(memory.rmp_lock);
void acts_after(Memory& memory, Cpu& cpu, Gpa page, Moment moment) EXCLUDES(memory.rmp_lock);

/// VMPL0 is about to go on behind an instruction that silicon emulated. None, or what an injected event led to.
[[nodiscard]] ExitReason resumes_vmpl0(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);

/// An NMI has made the CPU leave its guest: whether the host wants to see that exit.
[[nodiscard]] bool wants_exit(const Cpu& cpu);

}  // namespace snpemu::silicon::hypervisor
