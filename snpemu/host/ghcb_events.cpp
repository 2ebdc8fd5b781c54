// SPDX-License-Identifier: MIT
// Requests in a GHCB page. [GHCB "NAE Events"]
#include <cstring>

#include "model/host/events.hpp"
#include "model/host/in_place.hpp"
#include "model/host/msr_answers.hpp"
#include "model/host/x2apic.hpp"
#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/cpuid_table.hpp"
#include "snpemu/host/doorbell.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

using abi::NaeError;
using abi::NaeEvent;
using host::Act, host::Field, host::Moment;

/// For the history: the names of the event and of its two numbers.
const char* name_of(NaeEvent event) {
    switch (event) {
        case NaeEvent::Cpuid: return "asks-CPUID info1,info2";
        case NaeEvent::Ioio: return "asks-port-I/O info,count";
        case NaeEvent::MmioRead: return "asks-device-memory-read gpa,bytes";
        case NaeEvent::MmioWrite: return "asks-device-memory-write gpa,bytes";
        case NaeEvent::ApResetHold: return "asks-reset-hold info1,info2";
        case NaeEvent::NmiComplete: return "says-NMI-complete info1,info2";
        case NaeEvent::Msr: return "asks-MSR write,info2";
        case NaeEvent::ReadDr7: return "asks-DR7 info1,info2";
        case NaeEvent::WriteDr7: return "tells-DR7 info1,info2";
        case NaeEvent::Rdpmc: return "asks-counter info1,info2";
        case NaeEvent::Vmmcall: return "asks-hypercall info1,info2";
        case NaeEvent::ApJumpTable: return "asks-AP-jump-table get,table";
        case NaeEvent::PageStateChange: return "asks-page-state-change info1,info2";
        case NaeEvent::GuestRequest:
        case NaeEvent::ExtendedGuestRequest: return "asks-the-AMD-SP message,answer";
        case NaeEvent::GetApicIds: return "asks-APIC-ids buffer,info2";
        case NaeEvent::RunVmpl: return "asks-run-VMPL vmpl,info2";
        case NaeEvent::HypervisorFeatures: return "asks-features info1,info2";
        case NaeEvent::ApCreation: return "asks-AP-creation info,vmsa";
        case NaeEvent::HvDoorbell: return "asks-doorbell request,page";
        case NaeEvent::HvIpi: return "asks-#HV-IPI command,info2";
        case NaeEvent::Terminate: return "asks-termination info1,info2";
        default: return "asks-something-unknown info1,info2";
    }
}

/// `ghcb.copy` gets the reply; the host writes the guest's own page when the request is complete.
struct Event {
    Machine& machine;
    Vcpu& vcpu;
    const GhcbRequest& request;
    HostGhcb& ghcb;
};

void on_cpuid(const Event& e) {
    abi::Ghcb& copy = e.ghcb.copy;
    const auto asked = host::read_cpuid(e.request);
    if (!asked) return reply_malformed(copy, asked.error());
    const CpuidValue v =
        answer_cpuid(e.machine.cpuid, asked->function, asked->sub,
                     {.apic_id = e.vcpu.apic_id, .cr4 = e.vcpu.vmcb->save.cr4, .xcr0 = asked->xcr0});
    GHCB_PUT(copy, rax, v.eax);
    GHCB_PUT(copy, rbx, v.ebx);
    GHCB_PUT(copy, rcx, v.ecx);
    GHCB_PUT(copy, rdx, v.edx);
    reply_ok(copy);
}

/// What the host takes for the guest's TSC: that of the CPU and the distance that the guest has set. It is wrong about
/// guests with Secure TSC, whose offset it does not know. [APM2 "TSC_OFFSET"]
std::uint64_t timestamp_of(const Vcpu& vcpu) { return cpu::timestamp() + vcpu.host_tsc_offset; }

std::optional<std::uint64_t> read_platform_msr(const Vcpu& vcpu, std::uint32_t msr) {
    if (host::is_x2apic(msr)) return read_x2apic(vcpu, msr);
    if (msr == static_cast<std::uint32_t>(abi::Msr::Tsc)) return timestamp_of(vcpu);
    return vcpu.msrs.read(msr);
}

bool write_platform_msr(Machine& machine, Vcpu& vcpu, std::uint32_t msr, std::uint64_t value) {
    if (host::is_x2apic(msr)) return write_x2apic(machine, vcpu, msr, value);
    if (msr != static_cast<std::uint32_t>(abi::Msr::Tsc)) return vcpu.msrs.write(msr, value);
    silicon::set_host_tsc_offset(vcpu, value - cpu::timestamp());
    return true;
}

/// EDX:EAX, or #GP when there is no value.
void reply_value(abi::Ghcb& copy, std::optional<std::uint64_t> value) {
    if (!value) return reply_general_protection(copy);
    GHCB_PUT(copy, rax, *value & 0xffff'ffff);
    GHCB_PUT(copy, rdx, *value >> 32);
    reply_ok(copy);
}

void on_msr_event(const Event& e) {
    abi::Ghcb& copy = e.ghcb.copy;
    const auto asked = host::read_msr(e.request);
    if (!asked) return reply_malformed(copy, asked.error());
    if (!asked->is_write) return reply_value(copy, read_platform_msr(e.vcpu, asked->msr));
    const bool is_taken = write_platform_msr(e.machine, e.vcpu, asked->msr, asked->value);
    return is_taken ? reply_ok(copy) : reply_general_protection(copy);
}

void on_counter(const Event& e) {
    const auto number = host::read_counter_number(e.request);
    if (!number) return reply_malformed(e.ghcb.copy, number.error());
    reply_value(e.ghcb.copy, host::read_counter(*number));
}

void on_hypercall(const Event& e) {
    const auto asked = host::read_hypercall(e.request);
    if (!asked) return reply_malformed(e.ghcb.copy, asked.error());
    GHCB_PUT(e.ghcb.copy, rax, host::answer_hypercall(*asked));
    reply_ok(e.ghcb.copy);
}

/// MONITOR and MWAIT: KVM takes them for NOPs.
void on_monitor(const Event& e) {
    if (const auto checked = host::check_monitor(e.request); !checked)
        return reply_malformed(e.ghcb.copy, checked.error());
    reply_ok(e.ghcb.copy);
}

void on_jump_table(const Event& e) {
    const auto asked = host::read_jump_table(e.request);
    if (!asked) return reply_malformed(e.ghcb.copy, asked.error());
    if (*asked) e.machine.ap_jump_table = **asked;
    reply_ok(e.ghcb.copy, *asked ? 0 : e.machine.ap_jump_table.load());
}

void on_page_state_change(const Event& e) {
    abi::Ghcb& copy = e.ghcb.copy;
    const auto begin = host::read_page_list(e.request, e.ghcb.gpa);
    if (!begin) return reply_malformed(copy, begin.error());
    if (lies_at(e.machine, e.vcpu, Moment::AsksPageList, e.ghcb.gpa).has(Act::Refuse))
        return reply_ok(copy, abi::PscError::generic);
    // A copy of its own: the list may begin at any byte.
    const auto part = e.ghcb.buffer().subspan(*begin);
    abi::PscBuffer list{};
    std::memcpy(&list, part.data(), part.size());
    const std::uint64_t capacity = (part.size() - sizeof list.header) / sizeof list.entries[0];
    reply_ok(copy, change_page_states(e.machine, e.vcpu, list,
                                      {.capacity = capacity, .skips_unknown = is_kvm(e.machine)}));
    std::memcpy(part.data(), &list, part.size());
}

/// The list in the guest's form: count, then ids.
void write_apic_ids(const Machine& machine, const host::Due& lies, std::uint32_t* list) {
    const auto told = [&](Field field, std::uint32_t truth) {
        return static_cast<std::uint32_t>(lies.applied_to(field, truth));
    };
    const std::uint32_t last = machine.cpu_count;
    for (std::uint32_t i = 0; i < machine.cpu_count; ++i) list[1 + i] = machine.vcpus[i]->apic_id;
    list[0] = told(Field::Count, machine.cpu_count);
    list[last] = lies.has(Act::Copy) ? list[1] : told(Field::Last, list[last]);
    list[1] = told(Field::First, list[1]);
}

/// One page has room for more vCPUs than the machine can have. Software that offers none asks how many it needs.
void on_get_apic_ids(const Event& e) {
    static_assert((max_cpus + 1) * sizeof(std::uint32_t) <= page_bytes);
    abi::Ghcb& copy = e.ghcb.copy;
    const auto asked = host::read_apic_ids(e.request);
    if (!asked) return reply_malformed(copy, asked.error());
    GHCB_PUT(copy, rax, 1);
    if (!*asked) return reply_ok(copy);
    const Gpa buffer = **asked;
    const host::Due lies = lies_at(e.machine, e.vcpu, Moment::AsksApicIds, buffer);
    if (lies.has(Act::Refuse)) return reply_malformed(copy, NaeError::InvalidInput);
    const LockGuard guard{e.machine.rmp_lock};
    auto* const list = reinterpret_cast<std::uint32_t*>(find_shared(e.machine, buffer));
    if (list == nullptr) return reply_malformed(copy, NaeError::InvalidInput);
    write_apic_ids(e.machine, lies, list);
    reply_ok(copy);
}

void on_run_vmpl(const Event& e) {
    reply_ok(e.ghcb.copy);  // the caller reads it when it runs again
    const auto run = run_vmpl(e.machine, e.vcpu, host::read_run_vmpl(e.request), RunForm::Event);
    if (run) return;
    reply_malformed(e.ghcb.copy, host::error_of(run.error(), e.machine.host));
}

/// The host remembers what the guest would have in DR7, and arms nothing.
void on_dr7(const Event& e) {
    abi::Ghcb& copy = e.ghcb.copy;
    std::uint64_t& dr7 = e.vcpu.slot().dr7;
    if (e.request.event == NaeEvent::ReadDr7) {
        GHCB_PUT(copy, rax, dr7);
        return reply_ok(copy);
    }
    const auto value = host::read_dr7(e.request);
    if (!value) return reply_malformed(copy, value.error());
    dr7 = *value;
    reply_ok(copy);
}

void on_timestamp(const Event& e) {
    const std::uint64_t value = timestamp_of(e.vcpu);
    GHCB_PUT(e.ghcb.copy, rax, value & 0xffff'ffff);
    GHCB_PUT(e.ghcb.copy, rdx, value >> 32);
    if (e.request.event == NaeEvent::Rdtscp) GHCB_PUT(e.ghcb.copy, rcx, e.vcpu.id);
    reply_ok(e.ghcb.copy);
}

/// Rests until another vCPU starts this one by AP creation, or runs this VMPL again, which answers "woken".
/// [GHCB "AP Reset Hold"]
void on_reset_hold(const Event& e) {
    constexpr std::uint64_t woken = 1;
    reply_ok(e.ghcb.copy, woken);
    hold(e.vcpu);
}

/// An event that check_event granted.
void handle(const Event& e) {
    switch (e.request.event) {
        case NaeEvent::Cpuid: return on_cpuid(e);
        case NaeEvent::Ioio:
            if (lies_at(e.machine, e.vcpu, Moment::AsksPort, abi::IoioInfo::Port::get(e.request.info_1))
                    .has(Act::Refuse))
                return reply_malformed(e.ghcb.copy, NaeError::InvalidInput);
            return on_ioio(e.machine, e.vcpu, e.request, e.ghcb);
        case NaeEvent::MmioRead:
        case NaeEvent::MmioWrite: return on_mmio(e.machine, e.vcpu, e.request, e.ghcb);
        case NaeEvent::ReadDr7:
        case NaeEvent::WriteDr7: return on_dr7(e);
        case NaeEvent::Rdtsc:
        case NaeEvent::Rdtscp:
            // KVM's handler says that the instruction does not exist.
            return is_kvm(e.machine) ? reply_invalid_opcode(e.ghcb.copy) : on_timestamp(e);
        // The host has nothing to do for these and nothing to note.
        case NaeEvent::Invd:
        case NaeEvent::Wbinvd: return reply_ok(e.ghcb.copy);
        case NaeEvent::Monitor:
        case NaeEvent::Mwait: return on_monitor(e);
        case NaeEvent::Rdpmc: return on_counter(e);
        case NaeEvent::Vmmcall: return on_hypercall(e);
        case NaeEvent::ApJumpTable: return on_jump_table(e);
        case NaeEvent::ApResetHold: return on_reset_hold(e);
        case NaeEvent::Msr: return on_msr_event(e);
        case NaeEvent::PageStateChange: return on_page_state_change(e);
        case NaeEvent::GuestRequest:
        case NaeEvent::ExtendedGuestRequest:
            return on_guest_request(e.machine, e.vcpu, e.request, e.ghcb.copy);
        case NaeEvent::HvDoorbell: return on_doorbell(e.machine, e.vcpu, e.request, e.ghcb.copy);
        case NaeEvent::HvIpi: return on_hv_ipi(e.machine, e.vcpu, e.request, e.ghcb.copy);
        case NaeEvent::GetApicIds: return on_get_apic_ids(e);
        case NaeEvent::RunVmpl: return on_run_vmpl(e);
        case NaeEvent::HypervisorFeatures:
            return reply_ok(e.ghcb.copy, host::announced_features(e.machine.properties));
        case NaeEvent::ApCreation:
            if (auto done = create_ap(e.machine, e.vcpu, e.request); !done)
                return reply_malformed(e.ghcb.copy, done.error());
            return reply_ok(e.ghcb.copy);
        case NaeEvent::Terminate:
            stop_for_termination(e.vcpu, e.request.info_1 & 0xf, e.request.info_1 >> 4 & 0xff,
                                 e.request.info_2);
        case NaeEvent::NmiComplete: e.vcpu.slot().nmi_blocked = false; return reply_ok(e.ghcb.copy);
        case NaeEvent::Unsupported: break;
    }
}

void stop_for_event(const Vcpu& vcpu, host::VmEnd why) {
    switch (why) {
        case host::VmEnd::UnsupportedEvent: end_vm(vcpu, "the-guest-reported-an-unsupported-event");
        case host::VmEnd::Timestamp: end_vm(vcpu, "a-RDTSC-event-for-which-KVM-has-no-handler");
        case host::VmEnd::StringTooLong: end_vm(vcpu, "a-string-of-port-I/O-was-too-long");
    }
}

void answer(Machine& machine, Vcpu& vcpu, HostGhcb& ghcb) {
    const VmplSlot& slot = vcpu.slot();
    const auto registered = slot.ghcb_registered ? std::optional{slot.registered_ghcb} : std::nullopt;
    const auto mine = host::check_page(registered, ghcb.gpa);
    if (host::plan_registration(machine.host, mine.has_value()) == host::PageUse::End)
        end_vm(vcpu, "the-GHCB-page-was-not-registered");
    const auto request = host::take_request(ghcb.copy);
    if (!request) {
        trace::record(vcpu, "ghcb-malformed gpa", ghcb.gpa.value());
        return reply_malformed(ghcb.copy, request.error());
    }
    trace::record(vcpu, name_of(request->event), request->info_1, request->info_2);
    trace::note(vcpu, trace::Kind::GhcbEvent,
                {.value = static_cast<std::uint32_t>(request->event),
                 .a = request->info_1,
                 .b = request->info_2,
                 .c = request->event == NaeEvent::Msr ? request->rcx : request->rax});
    if (!mine) return reply_malformed(ghcb.copy, mine.error());
    const bool has_kvm = is_kvm(machine);
    if (const auto why = has_kvm ? host::ends_kvm(*request) : std::nullopt) stop_for_event(vcpu, *why);
    if (const auto known = host::check_event(request->event, machine.properties); !known)
        return reply_malformed(ghcb.copy, known.error());
    // Decided on the copy: the guest may write another event into its page meanwhile.
    if (!host::is_answered_in_place(request->event)) release_vmsa(machine, vcpu);
    handle({machine, vcpu, *request, ghcb});
    if (has_kvm) host::echo_registers(ghcb.copy, *request);
}

}  // namespace

void on_ghcb_page(Machine& machine, Vcpu& vcpu, Gpa gpa) {
    abi::Ghcb* guests = nullptr;
    {
        const LockGuard guard{machine.rmp_lock};
        guests = reinterpret_cast<abi::Ghcb*>(find_shared(machine, gpa));
        if (guests == nullptr && host::plan_page_use(machine.host, false) == host::PageUse::Resume)
            return trace::record(vcpu, "ignored-GHCB-that-is-not-shared gpa,rip", gpa.value(),
                                 vcpu.vmcb->save.rip);
        if (guests == nullptr)
            stop("kind=fault cpu={} vmpl={} rip=0x{:x} gpa=0x{:x} what=the-GHCB-page-is-not-shared", vcpu.id,
                 vcpu.current, vcpu.vmcb->save.rip, gpa);
        host::copy_fields(vcpu.ghcb, *guests);
    }
    HostGhcb ghcb{gpa, vcpu.ghcb, *guests};
    answer(machine, vcpu, ghcb);
    trace::note(vcpu, trace::Kind::GhcbEventReply,
                {.a = ghcb.copy.sw_exit_info_1, .b = ghcb.copy.sw_exit_info_2, .c = ghcb.copy.rax});
    const LockGuard guard{machine.rmp_lock};
    guests = reinterpret_cast<abi::Ghcb*>(find_shared(machine, gpa));
    if (guests == nullptr) return;
    host::copy_fields(*guests, ghcb.copy);
    if (ghcb.uses_buffer)
        std::memcpy(guests->shared_buffer, ghcb.copy.shared_buffer, sizeof guests->shared_buffer);
}

std::span<std::byte> HostGhcb::buffer() {
    if (!uses_buffer) std::memcpy(copy.shared_buffer, guests.shared_buffer, sizeof copy.shared_buffer);
    uses_buffer = true;
    return std::as_writable_bytes(std::span{copy.shared_buffer});
}

}  // namespace snpemu
