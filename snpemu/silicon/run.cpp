// SPDX-License-Identifier: MIT
// The inner loop: plain AMD-V exits in, SNP exits out.
#include "abi/x86/registers.hpp"
#include "model/escalation.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/debug_registers.hpp"
#include "snpemu/silicon/hypervisor.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

extern "C" void svm_run(abi::Vmcb* vmcb, std::uint64_t* gpr, snpemu::LocalCpu* self, std::uint64_t* ticks);

namespace snpemu::silicon {
namespace {

/// Instructions of svm_run between its two time stamps. VMRUN and the intercepted instruction do not count
/// as the guest's.
constexpr std::uint64_t svm_overhead_instructions = 25;

/// Runs the guest natively once. False when another CPU waits for this one; the guest has not run then.
bool run_once(Memory& memory, Cpu& cpu) {
    // No NMI may arrive between "odd" and VMRUN: out here it would have no effect, and the CPU that sent it
    // would wait without end. Held back, it ends the guest's run at once.
    cpu::clear_global_interrupts();
    // Odd first, then the test of `mail`. A CPU that posts mail or unmaps a page stores first and then reads
    // the counter, so at least one of the two sees the other's store.
    cpu.sequence.fetch_add(1, std::memory_order_seq_cst);
    if (cpu.mail || is_stopping()) {
        cpu.sequence.fetch_add(1, std::memory_order_seq_cst);
        cpu::set_global_interrupts();
        acknowledge_invalidation(memory, cpu);
        return false;
    }
    cpu.vmcb->control.nested_cr3 = memory.root_for(cpu.current, paging_of(cpu));
    // With masking this flag decides whether an interrupt ends the guest's run; without it the guest's own does.
    if (cpu.leaves_for_interrupt) cpu::enable_interrupts();
    std::uint64_t ticks[2] = {0, 0};
    {
        const ArmedBreakpoints armed{cpu};
        svm_run(cpu.vmcb, cpu.gpr.data(), &cpu, ticks);
    }
    cpu.sequence.fetch_add(1, std::memory_order_seq_cst);
    acknowledge_invalidation(memory, cpu);
    cpu.vmcb->control.intercept_misc_1 |= abi::Intercept1::selective_cr0;
    ++cpu.native_exits;
    const std::uint64_t inside = ticks[1] - ticks[0] - svm_overhead_instructions;
    if (cpu.current == abi::Vmpl::Vmpl0) cpu.vmpl0_ticks += inside;
    trace::note_at(cpu, ticks[0], trace::Kind::Run,
                   {.value = static_cast<std::uint32_t>(cpu.vmcb->control.exit_code),
                    .a = inside,
                    .b = cpu.vmcb->save.rip,
                    .c = cpu.vmcb->control.exit_info_1});
    return true;
}

/// VMEXIT_INVALID of QEMU's CPU has only 32 bits.
bool is_invalid(std::uint64_t code) { return static_cast<std::uint32_t>(code) == 0xffff'ffff; }

ExitReason act_on_exit(Memory& memory, Cpu& cpu) {
    const std::uint64_t code = cpu.vmcb->control.exit_code;
    if (cpu.cr4_is_open && has_wrong_cr4(memory, cpu)) [[unlikely]]
        return on_wrong_cr4(memory, cpu);
    if (is_invalid(code)) return on_invalid_state(memory, cpu);
    switch (static_cast<abi::ExitCode>(code)) {
        case abi::ExitCode::NestedPageFault: return on_nested_page_fault(memory, cpu);
        case abi::ExitCode::InvalidOpcode: {
            const ExitReason reason = on_invalid_opcode(memory, cpu);
            const bool goes_on = reason == ExitReason::None && cpu.current == abi::Vmpl::Vmpl0;
            return goes_on ? hypervisor::resumes_vmpl0(memory, cpu) : reason;
        }
        case abi::ExitCode::Vmmcall: return on_vmmcall(memory, cpu);
        case abi::ExitCode::Msr: return on_msr(memory, cpu);
        case abi::ExitCode::Nmi:
            if (cpu.turn_is_over.exchange(false)) cpu::pause();  // the one thread of QEMU takes the next CPU
            return hypervisor::wants_exit(cpu) ? ExitReason::Kick : ExitReason::None;
        case abi::ExitCode::Interrupt: return ExitReason::Interrupt;
        case abi::ExitCode::Shutdown: return ExitReason::Shutdown;
        case abi::ExitCode::Hlt:
            cpu.state().advance(1);  // an automatic exit saves the RIP of the next instruction
            return ExitReason::Hlt;
        // Instructions that the guest's own #VC handler serves.
        case abi::ExitCode::Cpuid:
        case abi::ExitCode::Ioio:
        case abi::ExitCode::Rdpmc:
        case abi::ExitCode::Invd:
        case abi::ExitCode::Wbinvd:
        case abi::ExitCode::Monitor:
        case abi::ExitCode::Mwait: return raise_vc(memory, cpu, static_cast<abi::ExitCode>(code));
        case abi::ExitCode::SelectiveCr0Write: return on_cr0_write(memory, cpu);
        case abi::ExitCode::WriteCr4: return on_cr4_write(memory, cpu);
        case abi::ExitCode::ReadDr0:
        case abi::ExitCode::ReadDr1:
        case abi::ExitCode::ReadDr2:
        case abi::ExitCode::ReadDr3:
        case abi::ExitCode::ReadDr4:
        case abi::ExitCode::ReadDr5:
        case abi::ExitCode::ReadDr6:
        case abi::ExitCode::ReadDr7:
        case abi::ExitCode::WriteDr0:
        case abi::ExitCode::WriteDr1:
        case abi::ExitCode::WriteDr2:
        case abi::ExitCode::WriteDr3:
        case abi::ExitCode::WriteDr4:
        case abi::ExitCode::WriteDr5:
        case abi::ExitCode::WriteDr6:
        case abi::ExitCode::WriteDr7: return on_debug_move(memory, cpu);
        // A guest has no SVM: CPUID hides it, and these instructions are #UD.
        case abi::ExitCode::Vmrun:
        case abi::ExitCode::Vmload:
        case abi::ExitCode::Vmsave:
        case abi::ExitCode::Stgi:
        case abi::ExitCode::Clgi:
        case abi::ExitCode::Skinit:
        case abi::ExitCode::Invlpga: return raise(memory, cpu, abi::Vector::InvalidOpcode, std::nullopt);
        default: break;
    }
    stop("kind=internal what=unexpected-exit cpu={} vmpl={} rip=0x{:x} code=0x{:x} info1=0x{:x} info2=0x{:x}",
         cpu.id, cpu.current, cpu.vmcb->save.rip, code, cpu.vmcb->control.exit_info_1,
         cpu.vmcb->control.exit_info_2);
}

/// Instructions that the emulation carried out trap like the CPU's own when the guest steps.
ExitReason dispatch(Memory& memory, Cpu& cpu) {
    const abi::VmcbSave& save = cpu.vmcb->save;
    const std::uint64_t rip = save.rip;
    const bool tf_before = (save.rflags & abi::Rflags::tf) != 0;
    const bool is_access =
        static_cast<abi::ExitCode>(cpu.vmcb->control.exit_code) == abi::ExitCode::NestedPageFault;
    const ExitReason reason = act_on_exit(memory, cpu);
    if (reason != ExitReason::None || !tf_before || is_access) return reason;
    const bool tf_behind = (save.rflags & abi::Rflags::tf) != 0;
    if (!model::ends_in_debug_trap(tf_before, tf_behind, save.rip != rip)) return ExitReason::None;
    return raise_debug_trap(memory, cpu, abi::Dr6::single_step);
}

}  // namespace

ExitReason run_guest(Memory& memory, Cpu& cpu) {
    for (;;) {
        if (!run_once(memory, cpu)) return ExitReason::Kick;
        // An injection that a nested fault interrupted comes back in EXITINTINFO; the CPU has consumed
        // the field itself.
        cpu.vmcb->control.event_inj = 0;
        const ExitReason reason = dispatch(memory, cpu);
        if (reason != ExitReason::None) return reason;
    }
}

}  // namespace snpemu::silicon
