// SPDX-License-Identifier: MIT
// Other VMPLs of the boot vCPU, and other vCPUs.
#pragma once
#include <cstdint>
#include <optional>

#include "abi/snp/vmsa.hpp"
#include "tests/machine/lib/exception.hpp"

namespace rules {

/// A save area in a page of the pool, not made a VMSA yet, so that the rule may change it. It starts
/// `function` in 64-bit mode at CPL 0 with the tables, GDT, IDT and handlers of VMPL0, a stack and a context
/// of its own; a function that returns goes back to VMPL0 by Run VMPL, at VMPL0 itself it halts.
[[nodiscard]] abi::Vmsa& make_vmsa(unsigned vmpl, void (*function)());
/// The same, and `vmpl` has all rights to what the function needs: the program, its tables, its stack.
[[nodiscard]] abi::Vmsa& make_open_vmsa(unsigned vmpl, void (*function)());
/// The same without any state but what every VMSA needs: the reset values, SVME and SEV_FEATURES of VMPL0.
[[nodiscard]] abi::Vmsa& make_reset_vmsa(unsigned vmpl);

/// Gives `vmpl` all rights to the program, its tables and its pool, once.
void open_memory(unsigned vmpl);
/// Makes the page a VMSA (RMPADJUST), and takes that back.
bool seal(abi::Vmsa& vmsa);
bool unseal(abi::Vmsa& vmsa);

/// AP creation, event 8000_0013h; true when the host accepts. `request` 0: on INIT, 1: at once, 2: destroy.
bool ap_creation(unsigned request, unsigned apic_id, unsigned vmpl, const abi::Vmsa& vmsa);
/// Run VMPL by the MSR protocol: comes back when something runs VMPL0 again. False: the host refuses.
bool run_vmpl(unsigned vmpl);

/// All of it: opens memory, makes, seals and installs a VMSA, runs `function` at `vmpl` until it returns or
/// an exception ends it, which is the result.
std::optional<Fault> run_at(unsigned vmpl, void (*function)());
/// The last step of `run_at` for a VMSA that the rule has changed and sealed.
std::optional<Fault> run_at(unsigned vmpl, const abi::Vmsa& vmsa);

/// VMPL1 runs `function`, which must return, on a VMSA that `edit` has changed. The page behind it: no VMSA
/// any more, so that the rule may look at it.
abi::Vmsa& run_edited(void (*edit)(abi::Vmsa&), void (*function)());
/// An `edit` that changes nothing.
inline void unchanged(abi::Vmsa&) {}

/// vCPU 1 (APIC id 1) runs `function` at VMPL0; needs options "--cpus 2". True when the host accepts.
bool start_second(void (*function)());

}  // namespace rules
