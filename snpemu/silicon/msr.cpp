// SPDX-License-Identifier: MIT
// The few MSRs that SNP silicon serves without #VC; any other raises #VC, for the guest to ask the host.
#include "abi/x86/registers.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/silicon/decode.hpp"
#include "snpemu/silicon/msr_policy.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu::silicon {
namespace {

constexpr std::uint64_t instruction_bytes = 2;  // RDMSR and WRMSR alike
// The vCPU cannot switch SVM off: on plain AMD-V the bit lets it execute VMGEXIT at all.
constexpr std::uint64_t efer_fixed = abi::Efer::svme;

std::uint64_t sev_status(const Cpu& cpu) {
    const std::uint64_t features = cpu.bound->vmsa.page->sev_features | cpu.reported_features;
    return abi::SevStatus::Sev::mask | abi::SevStatus::SevEs::mask | abi::SevStatus::Features::put(features);
}

/// The MSR's record, and past the instruction.
void finish_write(Cpu& cpu, abi::Msr msr, std::uint64_t value) {
    trace::note(cpu, trace::Kind::Msr,
                {.detail = 1, .value = static_cast<std::uint32_t>(msr), .a = value, .b = cpu.vmcb->save.rip});
    cpu.state().advance(instruction_bytes);
}

/// The length of the VMGEXIT at RIP; 0 when something else stands there, or is due before it: #DB of a single step or
/// of a breakpoint.
std::uint8_t vmgexit_bytes(Memory& memory, Cpu& cpu) {
    const abi::VmcbSave& save = cpu.vmcb->save;
    if ((save.rflags & abi::Rflags::tf) != 0 || (save.dr7 & abi::Dr7::any_enabled) != 0) return 0;
    const Decoded next = decode_next(memory, cpu);
    // Only on the page of the WRMSR: that one's right to be executed was proved a moment ago.
    const std::uint64_t rip = linear_rip(cpu).value();
    const std::uint64_t first = rip - instruction_bytes, last = rip + next.bytes - 1;
    const bool is_same_page = round_down(first, page_bytes) == round_down(last, page_bytes);
    return next.instruction == Instruction::Vmgexit && is_same_page ? next.bytes : std::uint8_t{0};
}

/// Requests to a host are WRMSR and VMGEXIT, one behind the other. An exit costs more than all that the machine does in
/// it, so the two share one.
ExitReason write_ghcb(Memory& memory, Cpu& cpu, std::uint64_t value) {
    cpu.bound->ghcb_msr = value;
    finish_write(cpu, abi::Msr::Ghcb, value);
    const std::uint8_t bytes = vmgexit_bytes(memory, cpu);
    if (bytes == 0) return ExitReason::None;
    cpu.state().advance(bytes);
    return ExitReason::Vmgexit;
}

/// DEBUGCTL and the last branch; null for any other. They are kept in the VMSA: QEMU's CPU records no branch.
/// Out of line, like `write_rare`: on the path of each request to a host they would cost registers.
[[gnu::noinline]] const std::uint64_t* branch_register(const abi::VmcbSave& save, abi::Msr msr) {
    switch (msr) {
        case abi::Msr::DebugCtl: return &save.dbgctl;
        case abi::Msr::LastBranchFrom: return &save.br_from;
        case abi::Msr::LastBranchTo: return &save.br_to;
        case abi::Msr::LastIntFrom: return &save.last_excp_from;
        case abi::Msr::LastIntTo: return &save.last_excp_to;
        default: return nullptr;
    }
}

/// The rest of `write`, apart from what each request to a host passes through.
[[gnu::noinline]] ExitReason write_rare(Memory& memory, Cpu& cpu, abi::Msr msr, std::uint64_t value) {
    const model::Processor& processor = memory.processor;
    abi::VmcbSave& save = cpu.vmcb->save;
    // Without XSAVE there is no XSS, and the host says so.
    const bool has_xss = msr == abi::Msr::Xss && processor.has_xsave();
    if (!has_xss && branch_register(save, msr) == nullptr) return raise_vc(memory, cpu, abi::ExitCode::Msr);
    const bool is_control = msr == abi::Msr::DebugCtl && model::is_debugctl_allowed(value);
    if (!is_control && !(has_xss && (value & ~processor.xss) == 0))
        return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    if (is_control) save.dbgctl = value;
    finish_write(cpu, msr, value);
    return ExitReason::None;
}

ExitReason write(Memory& memory, Cpu& cpu, abi::Msr msr, std::uint64_t value) {
    abi::VmcbSave& save = cpu.vmcb->save;
    switch (msr) {
        case abi::Msr::Ghcb: return write_ghcb(memory, cpu, value);
        case abi::Msr::SevStatus: return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
        case abi::Msr::GuestTscFreq:
            if (cpu.bound->has_secure_tsc()) return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
            return raise_vc(memory, cpu, abi::ExitCode::Msr);
        // Refuses here, as silicon does, the values that QEMU's CPU would refuse at its next VMRUN.
        case abi::Msr::Efer:
            if (!is_efer_allowed(value, save.efer, save.cr0))
                return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
            save.efer = value | efer_fixed;
            break;
        case abi::Msr::Pat:
            if (!is_pat_allowed(value)) return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
            save.g_pat = value;
            break;
        default: return write_rare(memory, cpu, msr, value);
    }
    finish_write(cpu, msr, value);
    return ExitReason::None;
}

ExitReason read(Memory& memory, Cpu& cpu, abi::Msr msr) {
    const abi::VmcbSave& save = cpu.vmcb->save;
    std::uint64_t value = 0;
    switch (msr) {
        case abi::Msr::Ghcb: value = cpu.bound->ghcb_msr; break;
        case abi::Msr::SevStatus: value = sev_status(cpu); break;
        case abi::Msr::Tsc:
            value = cpu::timestamp() + cpu.vmcb->control.tsc_offset;
            break;  // QEMU 7.2 answers 0
        case abi::Msr::Efer: value = save.efer; break;
        case abi::Msr::Pat: value = save.g_pat; break;
        case abi::Msr::Xss: break;  // no state that it could switch on
        case abi::Msr::GuestTscFreq:
            if (!cpu.bound->has_secure_tsc()) return raise_vc(memory, cpu, abi::ExitCode::Msr);
            value = memory.tsc_mhz;
            break;
        default: {
            const std::uint64_t* const kept = branch_register(save, msr);
            if (kept == nullptr) return raise_vc(memory, cpu, abi::ExitCode::Msr);
            value = *kept;
        }
    }
    trace::note(cpu, trace::Kind::Msr, {.value = static_cast<std::uint32_t>(msr), .a = value, .b = save.rip});
    const CpuState state = cpu.state();
    state.reg(Gpr::Rax) = value & 0xffff'ffff;
    state.reg(Gpr::Rdx) = value >> 32;
    state.advance(instruction_bytes);
    return ExitReason::None;
}

}  // namespace

ExitReason on_msr(Memory& memory, Cpu& cpu) {
    if (cpu.vmcb->save.cpl != 0) return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    const CpuState state = cpu.state();
    const auto msr = static_cast<abi::Msr>(state.reg(Gpr::Rcx) & 0xffff'ffff);
    const bool is_write = (cpu.vmcb->control.exit_info_1 & 1) != 0;
    if (!is_write) return read(memory, cpu, msr);
    return write(memory, cpu, msr, (state.reg(Gpr::Rax) & 0xffff'ffff) | state.reg(Gpr::Rdx) << 32);
}

}  // namespace snpemu::silicon
