// SPDX-License-Identifier: MIT
// Requests in the GHCB MSR itself. [GHCB "GHCB MSR Protocol"]
#include <utility>

#include "model/host/in_place.hpp"
#include "model/host/msr_answers.hpp"
#include "snpemu/host/conspiracy.hpp"
#include "snpemu/host/cpuid_table.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

using namespace model::ghcb_msr;
using host::Act, host::Field, host::Moment;

/// Answers one request. Each overload leaves the reply in the MSR of the slot that asked.
class MsrProtocol {
public:
    MsrProtocol(Machine& machine, Vcpu& vcpu) : machine_{machine}, vcpu_{vcpu}, msr_{vcpu.slot().ghcb_msr} {}

    void operator()(UseGhcbPage request) { on_ghcb_page(machine_, vcpu_, request.gpa); }
    void operator()(SevInfo request) {
        const auto oldest = static_cast<std::uint16_t>(
            lies_at(Moment::AsksSevInfo).applied_to(Field::Version, host::oldest_version));
        const auto newest = static_cast<std::uint16_t>(oldest - host::oldest_version + abi::ghcb_version);
        msr_ = *host::answer_facts(
            request, {.least_version = oldest, .most_version = newest, .c_bit = machine_.c_bit});
    }
    void operator()(Cpuid request) {
        // No answer: the MSR keeps the request where the guest expects the reply.
        if (lies_at(Moment::AsksCpuid, request.function).has(Act::Omit)) return;
        const CpuidValue v = answer_cpuid(machine_.cpuid, request.function, 0,
                                          {.apic_id = vcpu_.apic_id, .cr4 = vcpu_.vmcb->save.cr4});
        msr_ = host::answer_cpuid(request, {v.eax, v.ebx, v.ecx, v.edx});
    }
    void operator()(ApResetHold) {
        msr_ = host::answer_hold_ended();  // this VMPL reads it when it runs again
        hold(vcpu_);
    }
    void operator()(PreferredGhcb request) { msr_ = *host::answer_facts(request, {}); }
    void operator()(RegisterGhcb request) {
        // KVM looks at the page when it is used.
        const bool is_accepted = (is_kvm(machine_) || machine_.ram.contains(request.gpa, page_bytes)) &&
                                 !lies_at(Moment::RegistersGhcb, request.gpa.value()).has(Act::Refuse);
        if (is_accepted) {
            vcpu_.slot().registered_ghcb = request.gpa;
            vcpu_.slot().ghcb_registered = true;
        }
        msr_ = host::answer_registration(request.gpa, is_accepted);
    }
    void operator()(PageStateChange request) {
        const auto asked = host::read_change(request);
        msr_ = host::answer_change(asked &&
                                   !lies_at(Moment::AsksPageState, request.gpa.value()).has(Act::Refuse) &&
                                   change_page_state(machine_, vcpu_, *asked));
    }
    void operator()(RunVmpl request) {
        // The reply goes first: the caller reads it only when it runs again, and each level has its own MSR.
        const std::uint64_t asked = std::exchange(msr_, host::answer_run_vmpl(true));
        const auto run = run_vmpl(machine_, vcpu_, request.vmpl, RunForm::Msr);
        if (run) return;
        // Upstream KVM leaves a request that it does not know in the MSR.
        msr_ = run.error() == host::RunRefusal::NotOffered ? asked : host::answer_run_vmpl(false);
    }
    void operator()(Features) {
        const host::Due due = lies_at(Moment::AsksFeatures);
        const auto features = due.applied_to(Field::Features, host::announced_features(machine_.properties));
        msr_ = due.applied_to(Field::Reply, features_reply(features));
    }
    void operator()(Terminate request) { stop_for_termination(vcpu_, request.set, request.code); }
    // Leaves the MSR unchanged and resumes, as KVM does: the guest sees that no answer came.
    void operator()(Unknown request) { msr_ = answer_accomplice(machine_, vcpu_, request.value); }

private:
    [[nodiscard]] host::Due lies_at(Moment moment, std::uint64_t address = 0) const {
        return snpemu::lies_at(machine_, vcpu_, moment, address);
    }
    Machine& machine_;
    Vcpu& vcpu_;
    std::uint64_t& msr_;
};

}  // namespace

void stop_for_termination(const Vcpu& vcpu, std::uint64_t set, std::uint64_t code, std::uint64_t info) {
    const VmplSlot& slot = vcpu.slots[static_cast<unsigned>(vcpu.current)];
    stop("kind=terminate cpu={} vmpl={} set={} code={} info=0x{:x} launch={} rip=0x{:x}", vcpu.id,
         vcpu.current, set, code, info, slot.vmsa.gpa == Gpa{abi::launch_vmsa_gpa} ? 1 : 0,
         vcpu.vmcb->save.rip);
}

void on_vmgexit(Machine& machine, Vcpu& vcpu) {
    const std::uint64_t msr = vcpu.slot().ghcb_msr;
    if ((msr & (page_bytes - 1)) != 0) trace::record(vcpu, "asks-by-MSR value,rip", msr, vcpu.vmcb->save.rip);
    VmplSlot& asked = vcpu.slot();
    trace::note(vcpu, trace::Kind::GhcbMsr, {.a = msr, .b = vcpu.vmcb->save.rip});
    const Request request = decode(msr);
    if (!host::is_answered_in_place(request)) release_vmsa(machine, vcpu);
    std::visit(MsrProtocol{machine, vcpu}, request);
    trace::note(vcpu, trace::Kind::GhcbMsrReply, {.a = asked.ghcb_msr});
}

}  // namespace snpemu
