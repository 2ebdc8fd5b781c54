// SPDX-License-Identifier: MIT
// The emulated SNP CPU: runs a vCPU on plain AMD-V and does itself what SNP silicon does without asking
// anybody - RMP checks, the guest instructions, #VC - until something happens that silicon reports to the
// hypervisor.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "abi/snp/exit_code.hpp"
#include "abi/x86/registers.hpp"
#include "model/vmrun.hpp"
#include "snpemu/host/machine.hpp"

namespace snpemu {

/// Reasons for which SNP silicon leaves the guest ("automatic exits"), and our own: Kick.
enum class ExitReason : std::uint8_t { Vmgexit, Hlt, Shutdown, Invalid, Kick };

/// Once per machine: the maps that say which ports and MSRs are intercepted.
void init_intercept_maps();
/// Once per CPU, on that CPU: switches SVM on and sets the vCPU's control block up.
void init_cpu_for_svm(Vcpu& vcpu);
/// CPUID says that this CPU can run guests with nested paging.
[[nodiscard]] bool has_svm();
/// Finds out whether the TSC advances by one per instruction (QEMU -icount shift=0).
[[nodiscard]] bool tsc_counts_instructions();

/// VMRUN's checks and the load of the registers: on success the VMSA page is in use and must be left by
/// `leave_vmsa`.
[[nodiscard]] std::expected<void, model::VmrunFault> enter_vmsa(Machine& machine, Vcpu& vcpu);
/// Runs the loaded vCPU until an exit that the host has to see.
[[nodiscard]] ExitReason run_guest(Machine& machine, Vcpu& vcpu);
/// #VMEXIT: stores the registers into the VMSA page, with the exit code that the page shows, and ends its
/// use.
void leave_vmsa(Machine& machine, Vcpu& vcpu, ExitReason reason);

// ---- the parts of run_guest, one file each
// --------------------------------------------------------------------------

/// What an intercept handler found out.
enum class Step : std::uint8_t { Continue, Vmgexit, Hlt, Shutdown, Invalid, Kick };

/// Whether the loaded vCPU has paging on, i.e. which nested table its accesses go through.
[[nodiscard]] inline Paging paging_of(const Vcpu& vcpu) {
    return (vcpu.vmcb->save.cr0 & abi::Cr0::pg) != 0 ? Paging::On : Paging::Off;
}
/// Delivers an interrupt or NMI; the caller made sure that the guest takes it now. Shutdown when it cannot be
/// delivered.
[[nodiscard]] Step deliver_interrupt(Machine& machine, Vcpu& vcpu, std::uint8_t vector);
/// Raises an exception in the guest; Shutdown when it cannot be delivered.
[[nodiscard]] Step raise(Machine& machine, Vcpu& vcpu, abi::Vector vector,
                         std::optional<std::uint32_t> error_code);
/// #VC with an intercept code.
[[nodiscard]] Step raise_vc(Machine& machine, Vcpu& vcpu, abi::ExitCode code);
/// #PF at `address`.
[[nodiscard]] Step raise_page_fault(Machine& machine, Vcpu& vcpu, GuestVa address, std::uint32_t error_code);
/// Turns a refused nested access into what the guest sees: #VC 404h or 400h. `rmp_lock` must not be held.
[[nodiscard]] Step raise_rmp_fault(Machine& machine, Vcpu& vcpu, Gpa at, model::RmpFault fault);

/// Adversary: what the host injects where VMPL0 goes on, at its entry or behind an emulated instruction.
[[nodiscard]] Step inject_at_vmpl0(Machine& machine, Vcpu& vcpu);
/// Adversary: what it injects at a PVALIDATE of `page`, which is not executed then; empty when it is.
[[nodiscard]] std::optional<Step> inject_at_pvalidate(Machine& machine, Vcpu& vcpu, Gpa page);

/// Adversary: a host that makes a page what its guest takes it for, as KVM does. What was in it is lost, and
/// a page that becomes private is not valid.
void convert_touched(Machine& machine, Vcpu& vcpu, Gpa page, model::Encryption alias);
/// Private memory where the host has none and gives none: KVM returns to QEMU with a memory fault, and QEMU
/// stops.
[[noreturn]] void stop_in_hole(const Vcpu& vcpu, Gpa at);
inline constexpr std::size_t longest_instruction = 15;
/// Bytes at RIP, as far as they can be fetched.
struct Code {
    std::array<std::byte, longest_instruction> bytes{};
    std::size_t size = 0;
};
[[nodiscard]] Code fetch_code(Machine& machine, Vcpu& vcpu);
/// Carries out the load at RIP of a byte at `at` if it is one; false when it is some other instruction.
[[nodiscard]] bool emulate_stale_read(Machine& machine, Vcpu& vcpu, Gpa at);
/// Adversary: what the host's lines held lands on every validated page that still has some.
void land_stale_lines(Machine& machine);
[[nodiscard]] Step on_nested_page_fault(Machine& machine, Vcpu& vcpu);
/// VMEXIT_INVALID. QEMU's CPU also gives it to a guest that moves reserved bits into CR3 or CR4, which is
/// #GP.
[[nodiscard]] Step on_invalid_state(Machine& machine, Vcpu& vcpu);
[[nodiscard]] Step on_invalid_opcode(Machine& machine, Vcpu& vcpu);
[[nodiscard]] Step on_vmmcall(Machine& machine, Vcpu& vcpu);
[[nodiscard]] Step on_msr(Machine& machine, Vcpu& vcpu);

/// Makes every other CPU leave its guest once, so that none keeps a translation that was taken away. Call it
/// after the nested tables changed and without `rmp_lock`; it returns when all have.
void invalidate_remote(Machine& machine, Vcpu& self);
/// To be called after every exit: tells those who wait for this CPU.
void acknowledge_invalidation(Machine& machine, Vcpu& self);
/// Asks a CPU to leave its guest, or to wake up, by an NMI.
void kick(Vcpu& target);
/// CPU 0, at every tick: QEMU 7.2 clears a flag beside the pending NMI without a lock when a guest exits, and
/// can lose the NMI. Sends those again that did not arrive.
void repeat_lost_kicks(Machine& machine);
/// Makes a CPU that is in its guest leave it, and waits until it has.
void make_leave(Vcpu& self, Vcpu& target);
/// Hides pages from every VMPL under one alias; the caller holds `rmp_lock`. True when an `invalidate_remote`
/// is due.
bool hide_page(Machine& machine, Gpa page, PageSize size, model::Encryption alias);

}  // namespace snpemu
