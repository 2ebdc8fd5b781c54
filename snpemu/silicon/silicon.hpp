// SPDX-License-Identifier: MIT
// The emulated SNP CPU: runs a vCPU on plain AMD-V and does itself what SNP silicon does alone - RMP checks,
// the guest instructions, #VC - until an event that silicon reports to the hypervisor.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "abi/snp/exit_code.hpp"
#include "abi/x86/registers.hpp"
#include "model/vmrun.hpp"
#include "snpemu/silicon/cpu.hpp"
#include "snpemu/silicon/exit_reason.hpp"
#include "snpemu/silicon/memory.hpp"
#include "snpemu/silicon/translate.hpp"

namespace snpemu {
struct Decoded;
}  // namespace snpemu

namespace snpemu::silicon {

/// SEV_FEATURES that this machine can run. Restricted injection, DebugSwap and Secure TSC it has; the others keep branch
/// predictors, the profiler and the sibling thread of a real core from a guest, and change nothing that
/// software here could see.
inline constexpr std::uint64_t supported_sev_features =
    abi::SevFeatures::SnpActive::mask | abi::SevFeatures::RestrictedInjection::mask |
    abi::SevFeatures::DebugSwap::mask | abi::SevFeatures::PreventHostIbs::mask |
    abi::SevFeatures::BtbIsolation::mask | abi::SevFeatures::SmtProtection::mask |
    abi::SevFeatures::IbpbOnEntry::mask | abi::SevFeatures::SecureTsc::mask;

/// What QEMU's CPU has, seen from the first of them; the others are the same.
[[nodiscard]] model::Processor find_processor();
/// Once per machine: builds the maps of intercepted ports and MSRs.
void init_intercept_maps();
/// Once per CPU, on that CPU: switches SVM on and sets the vCPU's control block up.
void init_cpu_for_svm(const model::Processor& processor, Cpu& cpu);
/// CPUID says that this CPU can run guests with nested paging.
[[nodiscard]] bool has_svm();
/// TSC_OFFSET as the host sets it. A VMSA with Secure TSC has its own, which the host cannot change. [APM2 "Secure TSC"]
void set_host_tsc_offset(Cpu& cpu, std::uint64_t offset);
/// Measures whether the TSC advances by one per instruction (QEMU -icount shift=0).
[[nodiscard]] bool tsc_counts_instructions();

/// VMRUN's checks and the load of the registers of `what`, at the CPU's current VMPL: on success the VMSA
/// page is in use, `what` is bound, and both end with `release_vmsa`. On a fault nothing has changed. The caller has
/// begun the use of the save area (`Cpu::begin_use`), which `release_vmsa` ends.
[[nodiscard]] std::expected<void, model::VmrunFault> enter_vmsa(Memory& memory, Cpu& cpu, Binding& what)
    EXCLUDES(memory.rmp_lock);
/// Runs the loaded vCPU until an exit that the host has to see.
[[nodiscard]] ExitReason run_guest(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// #VMEXIT, first half: the host sees the exit. The registers are still in the CPU, the page is still in use.
/// Next comes `reenter_vmsa` or `release_vmsa`.
void exit_vmsa(Cpu& cpu, ExitReason reason);
/// #VMEXIT, second half: stores the registers into the VMSA page, with the exit code that it shows, and ends its use.
void release_vmsa(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// VMRUN of the VMSA that is still loaded. Nothing was stored, so nothing is checked or loaded: other CPUs see one
/// long use of the page, as if the exit in between had taken no time.
void reenter_vmsa(Cpu& cpu);

// ---- the parts of run_guest, one file each ----

/// Which nested table the loaded vCPU's accesses go through. Only entries of 64 bits have a C-bit: without paging, and
/// with 32-bit paging, every access is private. [APM2 "Encrypted Memory Support"]
[[nodiscard]] inline Paging paging_of(const Cpu& cpu) {
    const abi::VmcbSave& save = cpu.vmcb->save;
    const bool has_c_bit = (save.cr0 & abi::Cr0::pg) != 0 && (save.cr4 & abi::Cr4::pae) != 0;
    return has_c_bit ? Paging::On : Paging::Off;
}
/// Long mode, and a code segment of 64 bits.
[[nodiscard]] bool is_in_64_bit_code(const Cpu& cpu);
/// Delivers an interrupt or NMI; the caller made sure that the guest takes it now. Faults on the way as in `raise`.
[[nodiscard]] ExitReason deliver_interrupt(Memory& memory, Cpu& cpu, std::uint8_t vector)
    EXCLUDES(memory.rmp_lock);
/// Raises an exception in the guest. What its delivery meets is delivered in its place, by the rules of double faults;
/// Shutdown where these end.
[[nodiscard]] ExitReason raise(Memory& memory, Cpu& cpu, abi::Vector vector,
                               std::optional<std::uint32_t> error_code) EXCLUDES(memory.rmp_lock);
/// #DB behind an instruction; DR6 gets the bits that tell why.
[[nodiscard]] ExitReason raise_debug_trap(Memory& memory, Cpu& cpu, std::uint64_t dr6);
/// #VC with an intercept code.
[[nodiscard]] ExitReason raise_vc(Memory& memory, Cpu& cpu, abi::ExitCode code) EXCLUDES(memory.rmp_lock);
/// #PF at `address`.
[[nodiscard]] ExitReason raise_page_fault(Memory& memory, Cpu& cpu, GuestVa address, std::uint32_t error_code)
    EXCLUDES(memory.rmp_lock);
/// What the CPU raises when its own walk for `address` fails.
[[nodiscard]] ExitReason raise_translation_error(Memory& memory, Cpu& cpu, GuestVa address,
                                                 const TranslationError& error) EXCLUDES(memory.rmp_lock);
/// Turns a refused nested access into the guest's exception: #VC 404h or 400h.
[[nodiscard]] ExitReason raise_rmp_fault(Memory& memory, Cpu& cpu, Gpa at, model::RmpFault fault)
    EXCLUDES(memory.rmp_lock);

inline constexpr std::size_t longest_instruction = 15;
/// Bytes at RIP, as far as they can be fetched.
struct Code {
    std::array<std::byte, longest_instruction> bytes{};
    std::size_t size = 0;
};
[[nodiscard]] Code fetch_code(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// Linear address of the next instruction.
[[nodiscard]] GuestVa linear_rip(const Cpu& cpu);
/// The instruction at RIP, as the CPU's mode reads its bytes.
[[nodiscard]] Decoded decode_next(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// Carries out the load at RIP of a byte at `at` if it is one; false when it is some other instruction.
[[nodiscard]] bool emulate_stale_read(Memory& memory, Cpu& cpu, Gpa at) EXCLUDES(memory.rmp_lock);
/// Adversary: stale lines of the host reach memory, on every validated page that still has some.
void land_stale_lines(Memory& memory) EXCLUDES(memory.rmp_lock);
[[nodiscard]] ExitReason on_nested_page_fault(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// VMEXIT_INVALID. QEMU's CPU also gives it to a guest that moves reserved bits into CR3 or CR4, which
/// must raise #GP.
[[nodiscard]] ExitReason on_invalid_state(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
[[nodiscard]] ExitReason on_invalid_opcode(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
[[nodiscard]] ExitReason on_vmmcall(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
[[nodiscard]] ExitReason on_msr(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// MOV to CR0 that changes more than TS and MP: carried out, or #GP. [model::is_cr0_allowed]
[[nodiscard]] ExitReason on_cr0_write(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// MOV to CR4: carried out, or #GP. [model::is_cr4_allowed]
[[nodiscard]] ExitReason on_cr4_write(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);
/// True when a write to CR4 that nothing intercepted was wrong. (docs/adr/0074)
[[nodiscard]] bool has_wrong_cr4(const Memory& memory, const Cpu& cpu);
/// CR4 loses what it cannot have, writes are intercepted again, and #GP strikes where the guest is now.
[[nodiscard]] ExitReason on_wrong_cr4(Memory& memory, Cpu& cpu) EXCLUDES(memory.rmp_lock);

/// Makes every other CPU leave its guest once, so that none keeps a translation that was unmapped. Call it
/// after the change of the nested tables; it returns when all have left. The caller may not hold `rmp_lock`,
/// which another CPU may need before it leaves.
void invalidate_remote(Memory& memory, Cpu& self) EXCLUDES(memory.rmp_lock);
/// Called after every exit: wakes the CPUs that wait for this one.
void acknowledge_invalidation(Memory& memory, Cpu& self);
/// CPU 0, at every tick: resends NMIs that did not arrive. QEMU 7.2 clears a flag beside the pending NMI
/// without a lock when a guest exits, and can lose the NMI.
void repeat_lost_kicks(Memory& memory);
/// CPU 0, at every tick where one thread of QEMU runs all CPUs: a CPU that has not left its guest since the last tick
/// lets the others go first. QEMU 7.2 changes to the next CPU at PAUSE or HLT alone, or when all CPUs together have used
/// up the instructions to the next timer; the one that spins would use them up each time.
void end_long_turns(Memory& memory);
/// Makes a CPU that is in its guest leave it, and waits until it has.
void make_leave(Cpu& self, Cpu& target);
/// Maps the page without its C-bit to what stands for its ciphertext, read-only, for the CPU's VMPL.
void show_ciphertext(Memory& memory, Cpu& cpu, Gpa page) EXCLUDES(memory.rmp_lock);
/// Unmaps pages for every VMPL, with the C-bit and without. True when an `invalidate_remote` is due.
bool hide_page(Memory& memory, Gpa page, PageSize size) REQUIRES(memory.rmp_lock);

}  // namespace snpemu::silicon
