// SPDX-License-Identifier: MIT
// DR0 to DR3 and DR7, swapped or #VC.
#include "snpemu/silicon/debug_registers.hpp"

#include "model/processor.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/silicon/debug_policy.hpp"
#include "snpemu/silicon/decode.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu::silicon {
namespace {

void set_intercepts(Cpu& cpu) {
    cpu.vmcb->control.intercept_dr_read = intercepted_reads(cpu.swaps_dr, cpu.vmcb->save.dr7);
    cpu.vmcb->control.intercept_dr_write = intercepted_writes(cpu.swaps_dr, cpu.vmcb->save.dr7);
}

/// DR7 as it reads back: bit 10 is one, bits 11, 12, 14 and 15 are zero.
constexpr std::uint64_t as_dr7(std::uint64_t value) { return (value & ~0xd800ull) | abi::Dr7::fixed; }

void write(Cpu& cpu, unsigned number, std::uint64_t value) {
    if (number == 7) {
        cpu.vmcb->save.dr7 = as_dr7(value);
        return set_intercepts(cpu);
    }
    // None is armed out here, so nothing is planted.
    auto addresses = cpu::read_breakpoints();
    addresses[number] = value;
    cpu::write_breakpoints(addresses);
}

/// #DB in place of the access; the handler may use the registers again.
ExitReason raise_general_detect(Memory& memory, Cpu& cpu) {
    cpu.vmcb->save.dr6 |= abi::Dr6::general_detect;
    cpu.vmcb->save.dr7 &= ~abi::Dr7::general_detect;
    set_intercepts(cpu);
    return raise(memory, cpu, abi::Vector::Debug, std::nullopt);
}

}  // namespace

void load_debug_registers(Cpu& cpu) {
    cpu.swaps_dr = swaps_debug_registers(*cpu.bound->vmsa.page);
    set_intercepts(cpu);
    if (!cpu.swaps_dr) return;
    cpu.host_dr = cpu::read_breakpoints();
    cpu::write_breakpoints(cpu.loose.dr);
}

void store_debug_registers(Cpu& cpu) {
    if (!cpu.swaps_dr) return;
    cpu.loose.dr = cpu::read_breakpoints();
    cpu::write_breakpoints(cpu.host_dr);
}

ExitReason on_debug_move(Memory& memory, Cpu& cpu) {
    const Code code = fetch_code(memory, cpu);
    const auto move = decode_debug_move(std::span{code.bytes}.first(code.size));
    const auto number = move ? debug_register(move->number, cpu.vmcb->save.cr4) : std::nullopt;
    if (!number) return raise(memory, cpu, abi::Vector::InvalidOpcode, std::nullopt);
    if (cpu.swaps_dr && (cpu.vmcb->save.dr7 & abi::Dr7::general_detect) != 0)
        return raise_general_detect(memory, cpu);
    if (*number > 3 && *number != 7) return raise(memory, cpu, abi::Vector::InvalidOpcode, std::nullopt);
    if (!cpu.swaps_dr)
        return raise_vc(memory, cpu, move->is_write() ? abi::ExitCode::WriteDr7 : abi::ExitCode::ReadDr7);
    const CpuState state = cpu.state();
    const std::uint64_t value = state.reg(static_cast<Gpr>(move->general));
    if (*number == 7 && !model::is_debug_control_allowed(value))
        return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    write(cpu, *number, value);
    state.advance(move->bytes);
    return ExitReason::None;
}

ArmedBreakpoints::ArmedBreakpoints(const Cpu& cpu)
    : is_armed_{(cpu.vmcb->save.dr7 & abi::Dr7::any_enabled) != 0} {
    if (is_armed_) cpu::write_dr7(armable_dr7(cpu.vmcb->save.dr7, cpu::read_breakpoints()));
}

ArmedBreakpoints::~ArmedBreakpoints() {
    if (is_armed_) cpu::write_dr7(abi::VmsaReset::dr7);
}

}  // namespace snpemu::silicon
