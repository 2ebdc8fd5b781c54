// SPDX-License-Identifier: MIT
// The inner loop: plain AMD-V exits in, SNP exits out.
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"
#include "snpemu/traps/dump_request.hpp"

extern "C" void svm_run(abi::Vmcb* vmcb, std::uint64_t* gpr, snpemu::Vcpu* self, std::uint64_t* ticks);

namespace snpemu {
namespace {

/// Instructions of svm_run between its two time stamps; VMRUN and the intercepted instruction are not the
/// guest's.
constexpr std::uint64_t svm_overhead_instructions = 25;

/// Runs natively once. False when others wait for this CPU, in which case nothing was run.
bool run_once(Machine& machine, Vcpu& vcpu) {
    // From "odd" to VMRUN no NMI may be taken: it would be used up out here, and who has sent it to make this
    // CPU leave would wait for ever. Held back, it ends the guest at once.
    cpu::clear_global_interrupts();
    // Odd first, then look: whoever posts mail or hides a page does it the other way round, so one of us sees
    // the other.
    vcpu.sequence.fetch_add(1, std::memory_order_seq_cst);
    if (vcpu.mail || is_stopping()) {
        vcpu.sequence.fetch_add(1, std::memory_order_seq_cst);
        cpu::set_global_interrupts();
        acknowledge_invalidation(machine, vcpu);
        return false;
    }
    vcpu.vmcb->control.nested_cr3 =
        machine.nested[static_cast<unsigned>(vcpu.current)].of(paging_of(vcpu)).root();
    std::uint64_t ticks[2] = {0, 0};
    svm_run(vcpu.vmcb, vcpu.gpr.data(), &vcpu, ticks);
    vcpu.sequence.fetch_add(1, std::memory_order_seq_cst);
    acknowledge_invalidation(machine, vcpu);
    ++vcpu.native_exits;
    const std::uint64_t inside = ticks[1] - ticks[0] - svm_overhead_instructions;
    if (vcpu.current == abi::Vmpl::Vmpl0) vcpu.call_ticks += inside;
    trace::note_at(vcpu, ticks[0], trace::Kind::Run,
                   {.value = static_cast<std::uint32_t>(vcpu.vmcb->control.exit_code),
                    .a = inside,
                    .b = vcpu.vmcb->save.rip,
                    .c = vcpu.vmcb->control.exit_info_1});
    return true;
}

/// VMEXIT_INVALID of QEMU's CPU has only 32 bits.
bool is_invalid(std::uint64_t code) { return static_cast<std::uint32_t>(code) == 0xffff'ffff; }

Step dispatch(Machine& machine, Vcpu& vcpu) {
    const std::uint64_t code = vcpu.vmcb->control.exit_code;
    if (is_invalid(code)) return on_invalid_state(machine, vcpu);
    switch (static_cast<abi::ExitCode>(code)) {
        case abi::ExitCode::NestedPageFault: return on_nested_page_fault(machine, vcpu);
        case abi::ExitCode::InvalidOpcode: {
            const Step step = on_invalid_opcode(machine, vcpu);
            const bool goes_on = step == Step::Continue && vcpu.current == abi::Vmpl::Vmpl0;
            return goes_on && vcpu.svsm_calls != 0 ? inject_at_vmpl0(machine, vcpu) : step;
        }
        case abi::ExitCode::Vmmcall: return on_vmmcall(machine, vcpu);
        case abi::ExitCode::Msr: return on_msr(machine, vcpu);
        case abi::ExitCode::Nmi: return dump_requested() || is_nmi_due(vcpu) ? Step::Kick : Step::Continue;
        case abi::ExitCode::Shutdown: return Step::Shutdown;
        case abi::ExitCode::Hlt:
            vcpu.state().advance(1);  // an automatic exit: RIP is saved behind it
            return Step::Hlt;
        // Instructions that SNP leaves to the guest's own #VC handler.
        case abi::ExitCode::Cpuid:
        case abi::ExitCode::Ioio:
        case abi::ExitCode::Rdpmc:
        case abi::ExitCode::Invd:
        case abi::ExitCode::Wbinvd:
        case abi::ExitCode::Monitor:
        case abi::ExitCode::Mwait:
        case abi::ExitCode::ReadDr7:
        case abi::ExitCode::WriteDr7: return raise_vc(machine, vcpu, static_cast<abi::ExitCode>(code));
        // A guest has no SVM of its own.
        case abi::ExitCode::Vmrun:
        case abi::ExitCode::Vmload:
        case abi::ExitCode::Vmsave:
        case abi::ExitCode::Stgi:
        case abi::ExitCode::Clgi:
        case abi::ExitCode::Skinit:
        case abi::ExitCode::Invlpga: return raise(machine, vcpu, abi::Vector::InvalidOpcode, std::nullopt);
        default: break;
    }
    stop("kind=internal what=unexpected-exit cpu={} vmpl={} rip=0x{:x} code=0x{:x} info1=0x{:x} info2=0x{:x}",
         vcpu.id, vcpu.current, vcpu.vmcb->save.rip, code, vcpu.vmcb->control.exit_info_1,
         vcpu.vmcb->control.exit_info_2);
}

ExitReason reason_of(Step step) {
    switch (step) {
        case Step::Vmgexit: return ExitReason::Vmgexit;
        case Step::Hlt: return ExitReason::Hlt;
        case Step::Shutdown: return ExitReason::Shutdown;
        case Step::Invalid: return ExitReason::Invalid;
        default: return ExitReason::Kick;
    }
}

}  // namespace

ExitReason run_guest(Machine& machine, Vcpu& vcpu) {
    for (;;) {
        if (!run_once(machine, vcpu)) return ExitReason::Kick;
        // An injection that a nested fault interrupted comes back in EXITINTINFO; the field itself is used
        // up.
        vcpu.vmcb->control.event_inj = 0;
        const Step step = dispatch(machine, vcpu);
        if (step != Step::Continue) return reason_of(step);
    }
}

}  // namespace snpemu
