// SPDX-License-Identifier: MIT
// The host's turns while silicon is at work (silicon/hypervisor.hpp): the actions of KVM at a nested page
// fault, and those of a lying host at the instructions of VMPL0.
#include "abi/snp/exit_code.hpp"
#include "model/host/memory_fault.hpp"
#include "snpemu/host/conspiracy.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/inject.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/hypervisor.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"
#include "snpemu/traps/dump_request.hpp"

namespace snpemu {
namespace {

using model::Encryption;

/// The two casts from silicon's half to the whole: every Memory of this program is a Machine, every
/// Cpu a Vcpu.
Machine& whole(silicon::Memory& memory) { return static_cast<Machine&>(memory); }
Vcpu& whole(silicon::Cpu& cpu) { return static_cast<Vcpu&>(cpu); }

/// Makes a page what its guest takes it for. What was in it is lost, and a page that becomes private is not valid.
bool convert(Machine& machine, Vcpu& vcpu, Gpa page, Encryption alias) {
    const auto operation =
        alias == Encryption::Private ? abi::PscOperation::Private : abi::PscOperation::Shared;
    return change_page_state(machine, vcpu, {page, PageSize::Size4K, operation});
}

/// Adversary: the same, whether or not the access would have been refused.
void convert_touched(Machine& machine, Vcpu& vcpu, Gpa page, Encryption alias) {
    if (!machine.ram.contains(page, page_bytes)) return;
    bool is_private = false;
    {
        const LockGuard guard{machine.rmp_lock};
        is_private = machine.rmp.entry(page).assigned;
    }
    if (is_private != (alias == Encryption::Private)) (void)convert(machine, vcpu, page, alias);
}

/// What the host's books say of the page that was refused.
bool is_validated(Machine& machine, Gpa at) {
    const LockGuard guard{machine.rmp_lock};
    return machine.rmp.contains(at) && machine.rmp.entry(at).validated;
}

bool is_fatal(Machine& machine, Gpa at) {
    const LockGuard guard{machine.rmp_lock};
    return machine.is_fatal_hole(at);
}

constexpr std::string_view word_of(model::AccessKind kind) {
    if (kind == model::AccessKind::Write) return "write";
    return kind == model::AccessKind::Read ? "read" : "fetch";
}

/// KVM's vCPU would go on like this. The machine ends the run where nothing else happens on the vCPU: a timeout would say
/// less, and later.
void note_try(Vcpu& vcpu, const silicon::hypervisor::Refusal& refusal) {
    const std::uint64_t rip = vcpu.vmcb->save.rip;
    const std::uint64_t tries = vcpu.retries.note({refusal.at, refusal.kind, rip, vcpu.native_exits});
    if (tries == 1) trace::record(vcpu, "access-denied-and-tried-again gpa,rip", refusal.at.value(), rip);
    if (tries == host::Retries::most)
        stop("kind=denied cpu={} vmpl={} rip=0x{:x} gpa=0x{:x} access={}", vcpu.id, vcpu.current, rip,
             refusal.at, word_of(refusal.kind));
}

host::Moment moment_of(silicon::Moment moment) {
    switch (moment) {
        case silicon::Moment::Validates: return host::Moment::Validates;
        case silicon::Moment::Rescinds: return host::Moment::Rescinds;
        case silicon::Moment::MakesVmsa: return host::Moment::MakesVmsa;
        case silicon::Moment::Adjusts: return host::Moment::Adjusts;
        case silicon::Moment::Touches: break;
    }
    return host::Moment::Touches;
}

/// Adversary: the host's action on a page on which VMPL0 is about to act, or has just acted. The value
/// replaces the instruction.
std::optional<silicon::ExitReason> lie_about(Machine& machine, Vcpu& vcpu, Gpa page, host::Moment moment) {
    using host::Act;
    if (!machine.hooks.waits_for(moment)) [[likely]]
        return std::nullopt;
    for (const host::Lie& lie : lies_at(machine, vcpu, moment, page)) {
        std::optional<silicon::ExitReason> instead;
        if (lie.act == Act::Raise) instead = inject(machine, vcpu, lie);
        if (lie.act == Act::Fault) instead = raise_vc(machine, vcpu, abi::ExitCode::PageNotValidated);
        if (lie.act == Act::ShowFirst) show_of_pair(machine, vcpu, machine.conspiracy.first);
        if (lie.act == Act::ShowSecond) show_of_pair(machine, vcpu, machine.conspiracy.second);
        if (instead) return instead;
    }
    return std::nullopt;
}

}  // namespace

void stop_in_hole(const Vcpu& vcpu, Gpa at) {
    stop("kind=fault cpu={} vmpl={} rip=0x{:x} gpa=0x{:x} what=the-host-has-no-private-memory-there", vcpu.id,
         vcpu.current, vcpu.vmcb->save.rip, at);
}

void end_vm(const Vcpu& vcpu, std::string_view why) {
    stop("kind=host-ends cpu={} vmpl={} rip=0x{:x} why={}", vcpu.id, vcpu.current, vcpu.vmcb->save.rip, why);
}

namespace silicon::hypervisor {

void sees_access(Memory& memory, Cpu& cpu, Gpa at, Encryption alias) {
    Machine& machine = whole(memory);
    if (alias == Encryption::Private && machine.properties.has(HostProperty::E820Hole) &&
        is_fatal(machine, at))
        stop_in_hole(whole(cpu), at);
    if (machine.hooks.waits_for(host::Moment::SeesAccess) &&
        lies_at(machine, whole(cpu), host::Moment::SeesAccess, at).has(host::Act::Convert))
        convert_touched(machine, whole(cpu), at.page(), alias);
}

bool mends(Memory& memory, Cpu& cpu, const Refusal& refusal) {
    using enum host::FaultAction;
    Machine& machine = whole(memory);
    Vcpu& vcpu = whole(cpu);
    switch (host::plan_memory_fault(
        machine.host, {refusal.fault, refusal.alias, refusal.kind, is_validated(machine, refusal.at)})) {
        case Report: return false;
        case MakePrivate: return convert(machine, vcpu, refusal.at.page(), Encryption::Private);
        case MakeShared: return convert(machine, vcpu, refusal.at.page(), Encryption::Shared);
        case ShowCiphertext: show_ciphertext(memory, cpu, refusal.at.page()); return true;
        case TryAgain: note_try(vcpu, refusal); return true;
        case EndVm: stop_in_hole(vcpu, refusal.at);
    }
    return false;
}

std::optional<ExitReason> acts_before(Memory& memory, Cpu& cpu, Gpa page, Moment moment) {
    return lie_about(whole(memory), whole(cpu), page, moment_of(moment));
}

void acts_after(Memory& memory, Cpu& cpu, Gpa page, Moment moment) {
    (void)lie_about(whole(memory), whole(cpu), page, host::after(moment_of(moment)));
}

ExitReason resumes_vmpl0(Memory& memory, Cpu& cpu) { return inject_at_vmpl0(whole(memory), whole(cpu)); }

bool wants_exit(const Cpu& cpu) {
    const auto& vcpu = static_cast<const Vcpu&>(cpu);
    return dump_requested() || is_nmi_due(vcpu) || has_reset_message(vcpu);
}

}  // namespace silicon::hypervisor
}  // namespace snpemu
