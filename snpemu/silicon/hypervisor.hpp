// SPDX-License-Identifier: MIT
// The host's turns while silicon is at work: a hypervisor acts at a nested page fault, and a lying one at any
// instruction that leaves the guest. Declared here, defined by the floor above (host/turns.cpp): silicon includes no
// host. Silicon calls all of them without any lock, on the CPU in question.
#pragma once
#include <optional>

#include "snpemu/silicon/cpu.hpp"
#include "snpemu/silicon/exit_reason.hpp"
#include "snpemu/silicon/memory.hpp"
#include "snpemu/silicon/moment.hpp"

namespace snpemu::silicon::hypervisor {

/// An access that the RMP refused.
struct Refusal {
    Gpa at;
    model::RmpFault fault;
    model::Encryption alias = model::Encryption::Private;
    model::AccessKind kind = model::AccessKind::Read;
};

/// Called before the RMP check of an access that found no translation, or of an instruction's operand. The host may
/// give the page to the guest, take it away, or end the VM.
void sees_access(Memory& memory, Cpu& cpu, Gpa at, model::Encryption alias) EXCLUDES(memory.rmp_lock);

/// The RMP refused an access. True: the access is tried again, whether or not the host has changed something; false:
/// the guest is told, by `raise_rmp_fault`.
[[nodiscard]] bool mends(Memory& memory, Cpu& cpu, const Refusal& refusal) EXCLUDES(memory.rmp_lock);

/// Called before and after the guest acts on `page`. The value of the first replaces the instruction or access, which
/// the CPU then does not carry out.
[[nodiscard]] std::optional<ExitReason> acts_before(Memory& memory, Cpu& cpu, Gpa page, Moment moment)
    EXCLUDES(memory.rmp_lock);
void acts_after(Memory& memory, Cpu& cpu, Gpa page, Moment moment) EXCLUDES(memory.rmp_lock);

/// VMPL0 is about to resume behind an instruction that silicon emulated. None, or the outcome of an injected event.
[[nodiscard]] ExitReason resumes_vmpl0(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);

/// An NMI has made the CPU leave its guest: true when the host wants to see that exit.
[[nodiscard]] bool wants_exit(const Cpu& cpu);

}  // namespace snpemu::silicon::hypervisor
