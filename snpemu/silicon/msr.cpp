// SPDX-License-Identifier: MIT
// The few MSRs that SNP silicon serves without #VC; all others are #VC for the guest to ask the host about.
#include "abi/x86/registers.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/silicon/msr_policy.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

constexpr std::uint64_t instruction_bytes = 2;  // RDMSR and WRMSR alike
// The vCPU cannot switch SVM off: the bit is what lets it execute VMGEXIT at all on plain AMD-V.
constexpr std::uint64_t efer_fixed = abi::Efer::svme;

std::uint64_t sev_status(const Vcpu& vcpu) {
    const std::uint64_t features = vcpu.slots[static_cast<unsigned>(vcpu.current)].vmsa.page->sev_features;
    return abi::SevStatus::Sev::mask | abi::SevStatus::SevEs::mask | abi::SevStatus::Features::put(features);
}

Step write(Machine& machine, Vcpu& vcpu, abi::Msr msr, std::uint64_t value) {
    abi::VmcbSave& save = vcpu.vmcb->save;
    switch (msr) {
        case abi::Msr::Ghcb: vcpu.slot().ghcb_msr = value; break;
        case abi::Msr::SevStatus: return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
        // Values that the CPU beneath would refuse at its next VMRUN are refused here, where silicon does.
        case abi::Msr::Efer:
            if (!is_efer_allowed(value, save.efer, save.cr0))
                return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
            save.efer = (value & ~abi::Efer::lma) | (save.efer & abi::Efer::lma) | efer_fixed;
            break;
        case abi::Msr::Pat:
            if (!is_pat_allowed(value)) return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
            save.g_pat = value;
            break;
        default: return raise_vc(machine, vcpu, abi::ExitCode::Msr);
    }
    trace::note(vcpu, trace::Kind::Msr,
                {.detail = 1, .value = static_cast<std::uint32_t>(msr), .a = value, .b = save.rip});
    vcpu.state().advance(instruction_bytes);
    return Step::Continue;
}

Step read(Machine& machine, Vcpu& vcpu, abi::Msr msr) {
    const abi::VmcbSave& save = vcpu.vmcb->save;
    std::uint64_t value = 0;
    switch (msr) {
        case abi::Msr::Ghcb: value = vcpu.slot().ghcb_msr; break;
        case abi::Msr::SevStatus: {
            value = sev_status(vcpu);
            if (machine.adversary == Adversary::SevFeatures)
                value |= abi::SevStatus::Features::put(abi::SevFeatures::ReflectVc::mask);
            break;
        }
        case abi::Msr::Tsc: value = cpu::timestamp(); break;  // QEMU 7.2 answers 0
        case abi::Msr::Efer: value = save.efer; break;
        case abi::Msr::Pat: value = save.g_pat; break;
        case abi::Msr::Xss: break;
        default: return raise_vc(machine, vcpu, abi::ExitCode::Msr);
    }
    trace::note(vcpu, trace::Kind::Msr,
                {.value = static_cast<std::uint32_t>(msr), .a = value, .b = save.rip});
    const CpuState cpu = vcpu.state();
    cpu.reg(Gpr::Rax) = value & 0xffff'ffff;
    cpu.reg(Gpr::Rdx) = value >> 32;
    cpu.advance(instruction_bytes);
    return Step::Continue;
}

}  // namespace

Step on_msr(Machine& machine, Vcpu& vcpu) {
    if (vcpu.vmcb->save.cpl != 0) return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
    const CpuState cpu = vcpu.state();
    const auto msr = static_cast<abi::Msr>(cpu.reg(Gpr::Rcx) & 0xffff'ffff);
    const bool is_write = (vcpu.vmcb->control.exit_info_1 & 1) != 0;
    if (!is_write) return read(machine, vcpu, msr);
    return write(machine, vcpu, msr, (cpu.reg(Gpr::Rax) & 0xffff'ffff) | cpu.reg(Gpr::Rdx) << 32);
}

}  // namespace snpemu
