// SPDX-License-Identifier: MIT
// PVALIDATE, RMPADJUST and their relatives, which plain AMD-V reports as an invalid opcode. [APM3]
#include <algorithm>

#include "abi/x86/registers.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/decode.hpp"
#include "snpemu/silicon/hypervisor.hpp"
#include "snpemu/silicon/map_ahead.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/silicon/translate.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu::silicon {
namespace {

/// The answer in EAX and the flags; CF is the caller's.
void set_result(Cpu& cpu, abi::RmpResult result, bool carry) {
    using abi::Rflags;
    abi::VmcbSave& save = cpu.vmcb->save;
    save.rax = static_cast<std::uint32_t>(result);
    save.rflags &= ~(Rflags::cf | Rflags::pf | Rflags::af | Rflags::zf | Rflags::sf | Rflags::of);
    save.rflags |= model::flags_of(result) | (carry ? Rflags::cf : 0);
}

/// rAX as an address: as wide as the mode has addresses, or, with prefix 67h, of the other width.
GuestVa operand_address(const Cpu& cpu, const Decoded& decoded) {
    constexpr std::uint16_t default_attribute = 1 << 10;
    constexpr std::uint64_t low_16 = 0xffff, low_32 = 0xffff'ffff;
    const std::uint64_t rax = cpu.vmcb->save.rax;
    if (is_in_64_bit_code(cpu)) return GuestVa{decoded.has_other_address_size ? rax & low_32 : rax};
    const bool is_32_bit = (cpu.vmcb->save.cs.attributes & default_attribute) != 0;
    return GuestVa{rax & (is_32_bit != decoded.has_other_address_size ? low_32 : low_16)};
}

/// An operand that the RMP refused. None: the instruction is executed again.
ExitReason refuse(Memory& memory, Cpu& cpu, Gpa at, model::RmpFault fault) {
    if (hypervisor::mends(memory, cpu, {at, fault})) return ExitReason::None;
    return raise_rmp_fault(memory, cpu, at, fault);
}

/// The page at `va`, translated as a one-byte read at CPL 0; or the exception that this raises.
std::expected<Gpa, ExitReason> translate_operand(Memory& memory, Cpu& cpu, GuestVa va) {
    std::expected<Translation, TranslationError> t;
    {
        const LockGuard guard{memory.rmp_lock};
        t = translate(cpu.state(), memory.through_rmp(), cpu.current, va, model::AccessKind::Read,
                      Ring::Supervisor, memory.c_bit);
    }
    if (!t) return std::unexpected{raise_translation_error(memory, cpu, va, t.error())};
    hypervisor::sees_access(memory, cpu, t->gpa, model::Encryption::Private);
    if (!memory.ram.contains(t->gpa.page(), page_bytes))
        return std::unexpected{refuse(memory, cpu, t->gpa, model::RmpFault::OutsideRam)};
    return t->gpa.page();
}

/// Carries the instruction out as `model` says, and records that the host had to split the page.
template <class Instruction>
auto carry_out(Memory& memory, Cpu& cpu, Gpa page, Instruction instruction) REQUIRES(memory.rmp_lock) {
    const auto carried = model::carry_out(memory.rmp, page, instruction);
    if (carried.was_split) trace::note(cpu, trace::Kind::Smash, {.a = page.value()});
    return carried.result;
}

/// The record of PVALIDATE or RMPADJUST: EAX if there is an answer, else the fault.
trace::Fields outcome_of(const Cpu& cpu, Gpa page, PageSize size, std::uint16_t detail,
                         const std::expected<abi::RmpResult, model::RmpFault>& result) {
    using abi::adyton::trace::RmpDetail;
    if (size == PageSize::Size2M) detail |= RmpDetail::size_2m;
    if (!result) detail |= RmpDetail::fault;
    return {
        .detail = detail,
        .value = result ? static_cast<std::uint32_t>(*result) : static_cast<std::uint32_t>(result.error()),
        .a = page.value(),
        .b = cpu.vmcb->save.rip,
        .c = cpu.gpr[static_cast<unsigned>(Gpr::Rdx)]};
}

PageSize operand_size(std::uint64_t rcx) { return (rcx & 1) != 0 ? PageSize::Size2M : PageSize::Size4K; }

void note_pvalidate(Cpu& cpu, Gpa page, PageSize size, bool validate,
                    const std::expected<model::PvalidateOutcome, model::RmpFault>& outcome) {
    using abi::adyton::trace::RmpDetail;
    const bool carry = outcome && outcome->carry;
    const auto detail =
        static_cast<std::uint16_t>((validate ? RmpDetail::validate : 0) | (carry ? RmpDetail::carry : 0));
    trace::note(cpu, trace::Kind::Pvalidate,
                outcome_of(cpu, page, size, detail, outcome.transform([](auto o) { return o.eax; })));
}

using PvalidateResult = std::expected<model::PvalidateOutcome, model::RmpFault>;
using RmpadjustResult = std::expected<abi::RmpResult, model::RmpFault>;

/// Empty: the host is changing this very page. The CPU executes the instruction again, after that change.
std::optional<PvalidateResult> change_validity(Memory& memory, Cpu& cpu, Gpa page, PageSize size,
                                               abi::Validity wanted) {
    const LockGuard guard{memory.rmp_lock};
    if (memory.changing_hands.overlaps({page, page + bytes_of(size)})) return std::nullopt;
    const PvalidateResult outcome = carry_out(
        memory, cpu, page, [&](model::Rmp& rmp) { return rmp.pvalidate(page, size, wanted, cpu.current); });
    const bool is_done = outcome && outcome->eax == abi::RmpResult::Success && !outcome->carry;
    // The contents of large pages are made at their first access.
    if (is_done && wanted == abi::Validity::Validate && size == PageSize::Size4K) map_validated(memory, page);
    // As on silicon the instruction flushes nothing: other CPUs may use cached translations until TLBSYNC.
    if (is_done && wanted == abi::Validity::Rescind) memory.owes_flush |= hide_page(memory, page, size);
    return outcome;
}

/// The end of an instruction that answers before it has looked at a page.
ExitReason answer(Cpu& cpu, const Decoded& decoded, abi::RmpResult result) {
    set_result(cpu, result, false);
    cpu.state().advance(decoded.bytes);
    return ExitReason::None;
}

ExitReason do_pvalidate(Memory& memory, Cpu& cpu, const Decoded& decoded) {
    if (cpu.vmcb->save.cpl != 0 || cpu.current != abi::Vmpl::Vmpl0)
        return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    const GuestVa operand = operand_address(cpu, decoded);
    const PageSize size = operand_size(cpu.gpr[static_cast<unsigned>(Gpr::Rcx)]);
    if (model::is_misaligned(operand.value(), size)) return answer(cpu, decoded, abi::RmpResult::FailInput);
    const auto page = translate_operand(memory, cpu, operand);
    if (!page) return page.error();
    const bool validate = (cpu.gpr[static_cast<unsigned>(Gpr::Rdx)] & 1) != 0;
    const Moment moment = validate ? Moment::Validates : Moment::Rescinds;
    if (const auto instead = hypervisor::acts_before(memory, cpu, *page, moment)) return *instead;
    const auto outcome = change_validity(memory, cpu, *page, size,
                                         validate ? abi::Validity::Validate : abi::Validity::Rescind);
    if (!outcome) {
        cpu::pause();
        return ExitReason::None;  // RIP does not move
    }
    note_pvalidate(cpu, *page, size, validate, *outcome);
    if (!*outcome) return refuse(memory, cpu, *page, outcome->error());
    set_result(cpu, (*outcome)->eax, (*outcome)->carry);
    cpu.state().advance(decoded.bytes);
    hypervisor::acts_after(memory, cpu, *page, moment);
    return ExitReason::None;
}

RmpadjustResult change_rights(Memory& memory, Cpu& cpu, Gpa page, PageSize size, std::uint64_t attributes) {
    const LockGuard guard{memory.rmp_lock};
    const RmpadjustResult outcome = carry_out(memory, cpu, page, [&](model::Rmp& rmp) {
        return rmp.rmpadjust(page, size, attributes, cpu.current);
    });
    // Rights may have shrunk: unmaps the page for this VMPL, which faults it in again. Flushes nothing, as
    // above. A success names a VMPL that exists.
    const auto target = abi::RmpAttributes::TargetVmpl::get(attributes);
    if (outcome == abi::RmpResult::Success) memory.owes_flush |= memory.nested[target].unmap(page, size);
    return outcome;
}

ExitReason do_rmpadjust(Memory& memory, Cpu& cpu, const Decoded& decoded) {
    if (cpu.vmcb->save.cpl != 0) return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    const GuestVa operand = operand_address(cpu, decoded);
    const PageSize size = operand_size(cpu.gpr[static_cast<unsigned>(Gpr::Rcx)]);
    const std::uint64_t attributes = cpu.gpr[static_cast<unsigned>(Gpr::Rdx)];
    if (model::is_misaligned(operand.value(), size)) return answer(cpu, decoded, abi::RmpResult::FailInput);
    if (const auto refusal = model::check_attributes(size, attributes, cpu.current);
        refusal != abi::RmpResult::Success)
        return answer(cpu, decoded, refusal);
    const auto page = translate_operand(memory, cpu, operand);
    if (!page) return page.error();
    const Moment moment = moment_of_rmpadjust(attributes);
    if (const auto instead = hypervisor::acts_before(memory, cpu, *page, moment)) return *instead;
    const RmpadjustResult outcome = change_rights(memory, cpu, *page, size, attributes);
    trace::note(cpu, trace::Kind::Rmpadjust, outcome_of(cpu, *page, size, 0, outcome));
    if (!outcome) return refuse(memory, cpu, *page, outcome.error());
    set_result(cpu, *outcome, false);
    cpu.state().advance(decoded.bytes);
    hypervisor::acts_after(memory, cpu, *page, moment);
    return ExitReason::None;
}

/// INVLPGB does nothing, and TLBSYNC flushes everything: a CPU may do so, and it is simple.
ExitReason do_tlbsync(Memory& memory, Cpu& cpu, std::uint8_t length) {
    if (cpu.vmcb->save.cpl != 0) return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
    {
        const LockGuard guard{memory.rmp_lock};
        memory.owes_flush = false;
    }
    invalidate_remote(memory, cpu);
    trace::note(cpu, trace::Kind::Tlbsync, {.b = cpu.vmcb->save.rip});
    cpu.state().advance(length);
    return ExitReason::None;
}

}  // namespace

GuestVa linear_rip(const Cpu& cpu) {
    const abi::VmcbSave& save = cpu.vmcb->save;
    return GuestVa{is_in_64_bit_code(cpu) ? save.rip : (save.rip + save.cs.base) & 0xffff'ffff};
}

Code fetch_code(Memory& memory, Cpu& cpu) {
    const LockGuard guard{memory.rmp_lock};
    Code code;
    const GuestVa rip = linear_rip(cpu);
    const Ring ring = cpu.vmcb->save.cpl == 3 ? Ring::User : Ring::Supervisor;
    const std::size_t in_page = page_bytes - rip.page_offset();
    for (const std::size_t size : {longest_instruction, std::min(in_page, longest_instruction)})
        if (fetch_virtual(cpu.state(), memory.through_rmp(&cpu.walks), cpu.current, rip, ring,
                          std::span{code.bytes}.first(size), memory.c_bit)) {
            code.size = size;
            break;
        }
    return code;
}

Decoded decode_next(Memory& memory, Cpu& cpu) {
    const Code code = fetch_code(memory, cpu);
    return decode(std::span{code.bytes}.first(code.size), is_in_64_bit_code(cpu));
}

ExitReason on_invalid_opcode(Memory& memory, Cpu& cpu) {
    const Decoded decoded = decode_next(memory, cpu);
    const bool flushes =
        decoded.instruction == Instruction::Invlpgb || decoded.instruction == Instruction::Tlbsync;
    if (flushes && !cpu.has_invlpgb) return raise(memory, cpu, abi::Vector::InvalidOpcode, std::nullopt);
    switch (decoded.instruction) {
        case Instruction::Pvalidate: return do_pvalidate(memory, cpu, decoded);
        case Instruction::Rmpadjust: return do_rmpadjust(memory, cpu, decoded);
        case Instruction::Tlbsync: return do_tlbsync(memory, cpu, decoded.bytes);
        case Instruction::Invlpgb:
            if (cpu.vmcb->save.cpl != 0) return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
            cpu.state().advance(decoded.bytes);
            return ExitReason::None;
        case Instruction::Vmmcall:
        case Instruction::Vmgexit: return on_vmmcall(memory, cpu);
        case Instruction::Icebp:  // QEMU 7.2 does not know it; on silicon a trap that sets no bit of DR6
            cpu.state().advance(decoded.bytes);
            return raise_debug_trap(memory, cpu, 0);
        case Instruction::Rmpquery:  // CPUID says that there is none
        case Instruction::Unknown: break;
    }
    return raise(memory, cpu, abi::Vector::InvalidOpcode, std::nullopt);
}

ExitReason on_invalid_state(Memory& memory, Cpu& cpu) {
    const Code code = fetch_code(memory, cpu);
    if (cpu.vmcb->save.cpl != 0 || !is_move_to_cr3_or_cr4(std::span{code.bytes}.first(code.size)))
        return ExitReason::Invalid;
    return raise(memory, cpu, abi::Vector::GeneralProtection, 0);
}

ExitReason on_vmmcall(Memory& memory, Cpu& cpu) {
    const Decoded decoded = decode_next(memory, cpu);
    if (decoded.instruction != Instruction::Vmgexit) return raise_vc(memory, cpu, abi::ExitCode::Vmmcall);
    // The saved RIP points past the instruction, so that the hypervisor cannot move it.
    // [APM2 "Automatic Exits"]
    cpu.state().advance(decoded.bytes);
    return ExitReason::Vmgexit;
}

}  // namespace snpemu::silicon
