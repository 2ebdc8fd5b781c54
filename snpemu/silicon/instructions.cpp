// SPDX-License-Identifier: MIT
// PVALIDATE, RMPADJUST and their relatives, which plain AMD-V reports as an invalid opcode. [APM3]
#include <algorithm>

#include "abi/x86/registers.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/conspiracy.hpp"
#include "snpemu/host/stop.hpp"
#include "snpemu/silicon/decode.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/silicon/translate.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

/// Flags after an instruction that answers in EAX: as after comparing the result with zero; CF is the
/// caller's.
void set_result(Vcpu& vcpu, abi::RmpResult result, bool carry) {
    using abi::Rflags;
    abi::VmcbSave& save = vcpu.vmcb->save;
    save.rax = static_cast<std::uint32_t>(result);
    save.rflags &= ~(Rflags::cf | Rflags::pf | Rflags::af | Rflags::zf | Rflags::sf | Rflags::of);
    if (carry) save.rflags |= Rflags::cf;
    if (save.rax == 0) save.rflags |= Rflags::zf;
}

/// The page that RAX names, translated as a one-byte read at CPL 0; or the exception this raises.
std::expected<Gpa, Step> translate_operand(Machine& machine, Vcpu& vcpu) {
    std::expected<Translation, TranslationError> t;
    {
        const LockGuard guard{machine.rmp_lock};
        t = translate(vcpu.state(), machine.memory(), vcpu.current, GuestVa{vcpu.vmcb->save.rax},
                      model::AccessKind::Read, Ring::Supervisor, machine.c_bit);
    }
    if (!t) {
        if (const auto* fault = std::get_if<GuestPageFault>(&t.error()))
            return std::unexpected{
                raise_page_fault(machine, vcpu, GuestVa{vcpu.vmcb->save.rax}, fault->error_code)};
        const auto& nested = std::get<NestedFault>(t.error());
        return std::unexpected{raise_rmp_fault(machine, vcpu, nested.gpa, nested.fault)};
    }
    bool is_fatal = false;
    {
        const LockGuard guard{machine.rmp_lock};
        is_fatal = machine.is_fatal_hole(t->gpa);
    }
    if (is_fatal) stop_in_hole(vcpu, t->gpa);
    if (!machine.ram.contains(t->gpa.page(), page_bytes))
        return std::unexpected{raise_rmp_fault(machine, vcpu, t->gpa, model::RmpFault::OutsideRam)};
    if (machine.adversary == Adversary::ImplicitConversion)
        convert_touched(machine, vcpu, t->gpa.page(), model::Encryption::Private);
    return t->gpa.page();
}

/// Runs `operation` (returning expected<T, RmpFault>) under the lock. A 4K instruction on a 2M page makes the
/// host split the page and the CPU try again, as KVM does.
template <class Operation>
auto with_smash(Machine& machine, Vcpu& vcpu, Gpa page, Operation operation) {
    auto result = operation();
    if (!result && result.error() == model::RmpFault::SizeMismatch) {
        machine.rmp.smash(page);
        trace::note(vcpu, trace::Kind::Smash, {.a = page.value()});
        result = operation();
    }
    return result;
}

/// The record of PVALIDATE or RMPADJUST: EAX if there is an answer, else the fault.
trace::Fields outcome_of(const Vcpu& vcpu, Gpa page, PageSize size, std::uint16_t detail,
                         const std::expected<abi::RmpResult, model::RmpFault>& result) {
    using abi::adyton::trace::RmpDetail;
    if (size == PageSize::Size2M) detail |= RmpDetail::size_2m;
    if (!result) detail |= RmpDetail::fault;
    return {
        .detail = detail,
        .value = result ? static_cast<std::uint32_t>(*result) : static_cast<std::uint32_t>(result.error()),
        .a = page.value(),
        .b = vcpu.vmcb->save.rip,
        .c = vcpu.gpr[static_cast<unsigned>(Gpr::Rdx)]};
}

PageSize operand_size(std::uint64_t rcx) { return (rcx & 1) != 0 ? PageSize::Size2M : PageSize::Size4K; }

void note_pvalidate(Vcpu& vcpu, Gpa page, PageSize size, bool validate,
                    const std::expected<model::PvalidateOutcome, model::RmpFault>& outcome) {
    using abi::adyton::trace::RmpDetail;
    const bool carry = outcome && outcome->carry;
    const auto detail =
        static_cast<std::uint16_t>((validate ? RmpDetail::validate : 0) | (carry ? RmpDetail::carry : 0));
    trace::note(vcpu, trace::Kind::Pvalidate,
                outcome_of(vcpu, page, size, detail, outcome.transform([](auto o) { return o.eax; })));
}

/// A 2 MiB operand must be RAM all the way.
bool is_ram(const Machine& machine, Gpa page, PageSize size) {
    return machine.ram.contains(page, bytes_of(size));
}

Step do_pvalidate(Machine& machine, Vcpu& vcpu, std::uint8_t length) {
    if (vcpu.vmcb->save.cpl != 0) return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
    const auto page = translate_operand(machine, vcpu);
    if (!page) return page.error();
    if (const auto injected = inject_at_pvalidate(machine, vcpu, *page)) return *injected;
    const PageSize size = operand_size(vcpu.gpr[static_cast<unsigned>(Gpr::Rcx)]);
    const bool validate = (vcpu.gpr[static_cast<unsigned>(Gpr::Rdx)] & 1) != 0;
    const Moment moment = validate ? Moment::Validates : Moment::Rescinds;
    if (const auto trick = play_before(machine, vcpu, *page, moment)) return *trick;
    std::expected<model::PvalidateOutcome, model::RmpFault> outcome;
    {
        const LockGuard guard{machine.rmp_lock};
        // RIP stays where it is: the instruction takes effect after the host's change of the page, not
        // within.
        if (machine.changing_hands.overlaps({*page, *page + bytes_of(size)})) {
            cpu::pause();
            return Step::Continue;
        }
        if (size == PageSize::Size2M &&
            (!page->is_aligned(large_page_bytes) || !is_ram(machine, *page, size)))
            outcome = model::PvalidateOutcome{abi::RmpResult::FailInput, false};
        else
            outcome = with_smash(machine, vcpu, *page, [&] {
                return machine.rmp.pvalidate(
                    *page, size, validate ? abi::Validity::Validate : abi::Validity::Rescind, vcpu.current);
            });
        // As on silicon the instruction flushes nothing: other CPUs may use what they have seen until
        // TLBSYNC.
        if (outcome && !validate && outcome->eax == abi::RmpResult::Success && !outcome->carry)
            machine.owes_flush |= hide_page(machine, *page, size, model::Encryption::Private);
    }
    note_pvalidate(vcpu, *page, size, validate, outcome);
    if (!outcome) return raise_rmp_fault(machine, vcpu, *page, outcome.error());
    set_result(vcpu, outcome->eax, outcome->carry);
    vcpu.state().advance(length);
    play_after(machine, vcpu, *page, moment);
    return Step::Continue;
}

Step do_rmpadjust(Machine& machine, Vcpu& vcpu, std::uint8_t length) {
    if (vcpu.vmcb->save.cpl != 0) return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
    const auto page = translate_operand(machine, vcpu);
    if (!page) return page.error();
    const PageSize size = operand_size(vcpu.gpr[static_cast<unsigned>(Gpr::Rcx)]);
    const std::uint64_t attributes = vcpu.gpr[static_cast<unsigned>(Gpr::Rdx)];
    const Moment moment = moment_of_rmpadjust(attributes);
    if (const auto trick = play_before(machine, vcpu, *page, moment)) return *trick;
    std::expected<abi::RmpResult, model::RmpFault> outcome;
    {
        const LockGuard guard{machine.rmp_lock};
        if (size == PageSize::Size2M &&
            (!page->is_aligned(large_page_bytes) || !is_ram(machine, *page, size)))
            outcome = abi::RmpResult::FailInput;
        else
            outcome = with_smash(machine, vcpu, *page, [&] {
                return machine.rmp.rmpadjust(*page, size, attributes, vcpu.current);
            });
        // Rights may have shrunk: forget what this VMPL was shown, it faults its way back in. Nothing is
        // flushed, see above.
        const auto target = abi::RmpAttributes::TargetVmpl::get(attributes);
        if (outcome && *outcome == abi::RmpResult::Success && target < abi::vmpl_count)
            machine.owes_flush |= machine.nested[target].unmap(*page, size, model::Encryption::Private);
    }
    trace::note(vcpu, trace::Kind::Rmpadjust, outcome_of(vcpu, *page, size, 0, outcome));
    if (!outcome) return raise_rmp_fault(machine, vcpu, *page, outcome.error());
    set_result(vcpu, *outcome, false);
    vcpu.state().advance(length);
    play_after(machine, vcpu, *page, moment);
    return Step::Continue;
}

/// INVLPGB only announces; TLBSYNC waits. Doing all of it in TLBSYNC is allowed and simple.
Step do_tlbsync(Machine& machine, Vcpu& vcpu, std::uint8_t length) {
    if (vcpu.vmcb->save.cpl != 0) return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
    {
        const LockGuard guard{machine.rmp_lock};
        machine.owes_flush = false;
    }
    invalidate_remote(machine, vcpu);
    trace::note(vcpu, trace::Kind::Tlbsync, {.b = vcpu.vmcb->save.rip});
    vcpu.state().advance(length);
    return Step::Continue;
}

}  // namespace

Code fetch_code(Machine& machine, Vcpu& vcpu) {
    const LockGuard guard{machine.rmp_lock};
    Code code;
    const GuestVa rip{vcpu.vmcb->save.rip +
                      (vcpu.vmcb->save.efer & abi::Efer::lma ? 0 : vcpu.vmcb->save.cs.base)};
    const std::size_t in_page = page_bytes - rip.page_offset();
    for (const std::size_t size : {longest_instruction, std::min(in_page, longest_instruction)})
        if (read_virtual(vcpu.state(), machine.memory(), vcpu.current, rip, std::span{code.bytes}.first(size),
                         machine.c_bit)) {
            code.size = size;
            break;
        }
    return code;
}

Step on_invalid_opcode(Machine& machine, Vcpu& vcpu) {
    const Code code = fetch_code(machine, vcpu);
    const Decoded decoded = decode(std::span{code.bytes}.first(code.size));
    const bool flushes =
        decoded.instruction == Instruction::Invlpgb || decoded.instruction == Instruction::Tlbsync;
    if (flushes && machine.adversary == Adversary::NoInvlpgb)
        return raise(machine, vcpu, abi::Vector::InvalidOpcode, std::nullopt);
    switch (decoded.instruction) {
        case Instruction::Pvalidate: return do_pvalidate(machine, vcpu, decoded.bytes);
        case Instruction::Rmpadjust: return do_rmpadjust(machine, vcpu, decoded.bytes);
        case Instruction::Tlbsync: return do_tlbsync(machine, vcpu, decoded.bytes);
        case Instruction::Invlpgb:
            if (vcpu.vmcb->save.cpl != 0) return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
            vcpu.state().advance(decoded.bytes);
            return Step::Continue;
        case Instruction::Vmmcall:
        case Instruction::Vmgexit: return on_vmmcall(machine, vcpu);
        case Instruction::Rmpquery:  // CPUID says that there is none
        case Instruction::Unknown: break;
    }
    return raise(machine, vcpu, abi::Vector::InvalidOpcode, std::nullopt);
}

Step on_invalid_state(Machine& machine, Vcpu& vcpu) {
    const Code code = fetch_code(machine, vcpu);
    if (vcpu.vmcb->save.cpl != 0 || !is_move_to_cr3_or_cr4(std::span{code.bytes}.first(code.size)))
        return Step::Invalid;
    return raise(machine, vcpu, abi::Vector::GeneralProtection, 0);
}

Step on_vmmcall(Machine& machine, Vcpu& vcpu) {
    const Code code = fetch_code(machine, vcpu);
    const Decoded decoded = decode(std::span{code.bytes}.first(code.size));
    if (decoded.instruction != Instruction::Vmgexit) return raise_vc(machine, vcpu, abi::ExitCode::Vmmcall);
    // The saved RIP lies behind the instruction: the hypervisor cannot move it. [APM2 "Automatic Exits"]
    vcpu.state().advance(decoded.bytes);
    return Step::Vmgexit;
}

}  // namespace snpemu
