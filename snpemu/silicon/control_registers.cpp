// SPDX-License-Identifier: MIT
// MOV to CR0 and CR4, which QEMU's CPU takes with any value: at its next VMRUN it would refuse some of them,
// and end a guest that silicon gives #GP.
#include "abi/x86/registers.hpp"
#include "model/processor.hpp"
#include "snpemu/silicon/decode.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu::silicon {
namespace {

constexpr std::uint16_t code_long = 1u << 9;  // CS attributes

/// So many right writes in a row are the habit of a guest: firmware writes CR4 twice in each #VC, Linux at each flush of
/// its TLB. None of the programs that look for what CR4 refuses comes so far.
constexpr unsigned habit = 256;

void intercept_cr4(Cpu& cpu, bool is_intercepted) {
    std::uint16_t& bits = cpu.vmcb->control.intercept_cr_write;
    bits = static_cast<std::uint16_t>(is_intercepted ? bits | abi::intercept_cr4 : bits & ~abi::intercept_cr4);
    cpu.cr4_is_open = !is_intercepted;
    cpu.right_cr4_writes = 0;
}

std::optional<RegisterMove> decode_move(Memory& memory, Cpu& cpu, unsigned number) {
    const Code code = fetch_code(memory, cpu);
    const auto move = decode_control_move(std::span{code.bytes}.first(code.size));
    return move && move->number == number ? move : std::nullopt;
}

/// Outside of 64-bit code the operand has 32 bits.
std::uint64_t operand(const Cpu& cpu, const CpuState& state, const RegisterMove& move) {
    const std::uint64_t value = state.reg(static_cast<Gpr>(move.general));
    return is_in_64_bit_code(cpu) ? value : value & 0xffff'ffff;
}

}  // namespace

bool is_in_64_bit_code(const Cpu& cpu) {
    const abi::VmcbSave& save = cpu.vmcb->save;
    return (save.efer & abi::Efer::lma) != 0 && (save.cs.attributes & code_long) != 0;
}

ExitReason on_cr0_write(Memory& memory, Cpu& cpu) {
    const auto move = decode_move(memory, cpu, 0);
    if (!move) {
        // LMSW, which can only set EM and PE: nothing that VMRUN would refuse. It runs by itself, up
        // to the next exit.
        cpu.vmcb->control.intercept_misc_1 &= ~abi::Intercept1::selective_cr0;
        return ExitReason::None;
    }
    abi::VmcbSave& save = cpu.vmcb->save;
    const CpuState state = cpu.state();
    const std::uint64_t value = operand(cpu, state, *move);
    const model::Cr0Scene scene{save.cr4, save.efer, is_in_64_bit_code(cpu)};
    if (save.cpl != 0 || !model::is_cr0_allowed(value, scene))
        return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    save.cr0 = value | abi::Cr0::et;
    save.efer = model::efer_behind_cr0(save.cr0, save.efer);
    state.advance(move->bytes);
    return ExitReason::None;
}

ExitReason on_cr4_write(Memory& memory, Cpu& cpu) {
    const auto move = decode_move(memory, cpu, 4);
    if (!move) return raise(memory, cpu, abi::Vector::InvalidOpcode, std::nullopt);
    abi::VmcbSave& save = cpu.vmcb->save;
    const CpuState state = cpu.state();
    const std::uint64_t value = operand(cpu, state, *move);
    if (save.cpl != 0 || !model::is_cr4_allowed(memory.processor, value, save.efer)) {
        cpu.right_cr4_writes = 0;
        return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    }
    save.cr4 = value;  // the next VMRUN flushes the TLB
    state.advance(move->bytes);
    if (++cpu.right_cr4_writes == habit) intercept_cr4(cpu, false);
    return ExitReason::None;
}

bool has_wrong_cr4(const Memory& memory, const Cpu& cpu) {
    const abi::VmcbSave& save = cpu.vmcb->save;
    return !model::is_cr4_allowed(memory.processor, save.cr4, save.efer);
}

ExitReason on_wrong_cr4(Memory& memory, Cpu& cpu) {
    abi::VmcbSave& save = cpu.vmcb->save;
    save.cr4 &= memory.processor.cr4;
    if ((save.efer & abi::Efer::lma) != 0) save.cr4 |= abi::Cr4::pae;
    intercept_cr4(cpu, true);
    return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
}

}  // namespace snpemu::silicon
