// SPDX-License-Identifier: MIT
// Requests in a GHCB page. [GHCB "NAE Events"]
#include <cstring>

#include "snpemu/cpu/cpu.hpp"
#include "snpemu/host/cpuid_table.hpp"
#include "snpemu/host/host_msr.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

using abi::NaeError;
using abi::NaeEvent;

/// For the history: what was asked, and what the two numbers behind it are.
const char* name_of(NaeEvent event) {
    switch (event) {
        case NaeEvent::Cpuid: return "asks-CPUID info1,info2";
        case NaeEvent::Ioio: return "asks-port-I/O info,count";
        case NaeEvent::MmioRead: return "asks-device-memory-read gpa,bytes";
        case NaeEvent::MmioWrite: return "asks-device-memory-write gpa,bytes";
        case NaeEvent::ApResetHold: return "asks-reset-hold info1,info2";
        case NaeEvent::NmiComplete: return "says-NMI-complete info1,info2";
        case NaeEvent::Msr: return "asks-MSR write,info2";
        case NaeEvent::PageStateChange: return "asks-page-state-change info1,info2";
        case NaeEvent::GuestRequest:
        case NaeEvent::ExtendedGuestRequest: return "asks-the-AMD-SP message,answer";
        case NaeEvent::GetApicIds: return "asks-APIC-ids buffer,info2";
        case NaeEvent::RunVmpl: return "asks-run-VMPL vmpl,info2";
        case NaeEvent::HypervisorFeatures: return "asks-features info1,info2";
        case NaeEvent::ApCreation: return "asks-AP-creation info,vmsa";
        case NaeEvent::Terminate: return "asks-termination info1,info2";
        default: return "asks-something-unknown info1,info2";
    }
}

struct Event {
    Machine& machine;
    Vcpu& vcpu;
    const GhcbRequest& request;
    abi::Ghcb& page;
    HostGhcb& ghcb;
};

void on_cpuid(const Event& e) {
    if (!e.request.rax_valid || !e.request.rcx_valid) return reply_malformed(e.page, NaeError::MissingInput);
    const CpuidValue v = answer_cpuid(e.machine.cpuid, static_cast<std::uint32_t>(e.request.rax),
                                      static_cast<std::uint32_t>(e.request.rcx), e.vcpu.apic_id);
    GHCB_PUT(e.page, rax, v.eax);
    GHCB_PUT(e.page, rbx, v.ebx);
    GHCB_PUT(e.page, rcx, v.ecx);
    GHCB_PUT(e.page, rdx, v.edx);
    reply_ok(e.page);
}

void on_msr_event(const Event& e) {
    const bool is_write = (e.request.info_1 & 1) != 0;
    if (!e.request.rcx_valid || (is_write && (!e.request.rax_valid || !e.request.rdx_valid)))
        return reply_malformed(e.page, NaeError::MissingInput);
    const auto value = host_msr(static_cast<std::uint32_t>(e.request.rcx), e.vcpu.id);
    if (!value) return reply_general_protection(e.page);
    if (!is_write) {
        GHCB_PUT(e.page, rax, *value & 0xffff'ffff);
        GHCB_PUT(e.page, rdx, *value >> 32);
    }
    reply_ok(e.page);
}

void on_page_state_change(const Event& e) {
    if (!e.request.scratch_valid) return reply_malformed(e.page, NaeError::MissingInput);
    const auto offset = scratch_offset(e.ghcb.gpa, e.request.scratch, sizeof(abi::PscHeader));
    if (!offset) return reply_malformed(e.page, offset.error());
    // The list fills the buffer from its beginning; one that starts later could run over its end.
    if (*offset != 0) return reply_malformed(e.page, NaeError::InvalidScratch);
    if (lies_to_guest(e.machine, e.vcpu, Adversary::GuestPscListRefused))
        return reply_ok(e.page, abi::PscError::generic);
    auto& list = *reinterpret_cast<abi::PscBuffer*>(e.ghcb.buffer().data());
    reply_ok(e.page, change_page_states(e.machine, e.vcpu, list));
}

/// The list as the guest gets it: count, then ids. Adversaries spoil one number each.
void write_apic_ids(const Machine& machine, std::uint32_t* list) {
    const std::uint32_t last = machine.cpu_count;
    list[0] = machine.cpu_count;
    for (std::uint32_t i = 0; i < machine.cpu_count; ++i) list[1 + i] = machine.vcpus[i]->apic_id;
    switch (machine.adversary) {
        case Adversary::ApicIdsCount: ++list[0]; break;
        case Adversary::ApicIdsTwice: list[last] = list[1]; break;
        case Adversary::ApicIdsForeign: list[1] = list[last] + 1; break;
        case Adversary::ApicIdsHuge: list[last] = ~0u; break;
        default: break;
    }
}

/// Never too small: a page has room for more vCPUs than the machine.
void on_get_apic_ids(const Event& e) {
    static_assert((max_cpus + 1) * sizeof(std::uint32_t) <= page_bytes);
    if (e.machine.properties.has(HostProperty::NoApicIdList))
        return reply_malformed(e.page, NaeError::InvalidEvent);
    if (!e.request.rax_valid) return reply_malformed(e.page, NaeError::MissingInput);
    const Gpa buffer{e.request.info_1};
    if (e.request.rax == 0 || e.machine.adversary == Adversary::ApicIdsRefused)
        return reply_malformed(e.page, NaeError::InvalidInput);
    const LockGuard guard{e.machine.rmp_lock};
    auto* const list = reinterpret_cast<std::uint32_t*>(find_shared(e.machine, buffer));
    if (!buffer.is_page_aligned() || list == nullptr) return reply_malformed(e.page, NaeError::InvalidInput);
    write_apic_ids(e.machine, list);
    GHCB_PUT(e.page, rax, 1);
    reply_ok(e.page);
}

void on_run_vmpl(const Event& e) {
    if (e.machine.properties.has(HostProperty::OneVmpl))
        return reply_malformed(e.page, NaeError::InvalidEvent);
    reply_ok(e.page);  // seen by the caller when it runs again
    if (!run_vmpl(e.machine, e.vcpu, e.request.info_1 & 0xffff'ffff, RunForm::Event))
        reply_malformed(e.page, NaeError::InvalidInput);
}

void on_timestamp(const Event& e) {
    const std::uint64_t value = cpu::timestamp();
    GHCB_PUT(e.page, rax, value & 0xffff'ffff);
    GHCB_PUT(e.page, rdx, value >> 32);
    if (e.request.event == NaeEvent::Rdtscp) GHCB_PUT(e.page, rcx, e.vcpu.id);
    reply_ok(e.page);
}

/// Rests until somebody starts the vCPU anew: by AP creation, or by running this VMPL again, which answers
/// "woken". [GHCB "AP Reset Hold"]
void on_reset_hold(const Event& e) {
    constexpr std::uint64_t woken = 1;
    reply_ok(e.page, woken);
    hold(e.vcpu);
}

void handle(const Event& e) {
    switch (e.request.event) {
        case NaeEvent::Cpuid: return on_cpuid(e);
        case NaeEvent::Ioio:
            if (lies_to_guest(e.machine, e.vcpu, Adversary::GuestIoRefused))
                return reply_malformed(e.page, NaeError::InvalidInput);
            return on_ioio(e.vcpu, e.request, e.ghcb);
        case NaeEvent::MmioRead:
        case NaeEvent::MmioWrite: return on_mmio(e.machine, e.vcpu, e.request, e.ghcb);
        case NaeEvent::Rdtsc:
        case NaeEvent::Rdtscp: return on_timestamp(e);
        // Nothing that the host could do for the guest, nothing that it has to know.
        case NaeEvent::WriteDr7:
        case NaeEvent::Invd:
        case NaeEvent::Wbinvd:
        case NaeEvent::Monitor:
        case NaeEvent::Mwait: return reply_ok(e.page);
        // No counters, no hypercalls: the instructions do not exist here.
        case NaeEvent::Rdpmc: return reply_general_protection(e.page);
        case NaeEvent::Vmmcall: return reply_invalid_opcode(e.page);
        case NaeEvent::ApResetHold: return on_reset_hold(e);
        case NaeEvent::Msr: return on_msr_event(e);
        case NaeEvent::PageStateChange: return on_page_state_change(e);
        case NaeEvent::GuestRequest:
        case NaeEvent::ExtendedGuestRequest: return on_guest_request(e.machine, e.request, e.page);
        case NaeEvent::GetApicIds: return on_get_apic_ids(e);
        case NaeEvent::RunVmpl: return on_run_vmpl(e);
        case NaeEvent::HypervisorFeatures: return reply_ok(e.page, host_features(e.machine.properties));
        case NaeEvent::ApCreation:
            if (auto done = create_ap(e.machine, e.vcpu, e.request); !done)
                return reply_malformed(e.page, done.error());
            return reply_ok(e.page);
        case NaeEvent::Terminate:
            stop_for_termination(e.vcpu, e.request.info_1 & 0xf, e.request.info_1 >> 4 & 0xff,
                                 e.request.info_2);
        case NaeEvent::NmiComplete: e.vcpu.slot().nmi_blocked = false; return reply_ok(e.page);
        default: return reply_malformed(e.page, NaeError::InvalidEvent);
    }
}

void answer(Machine& machine, Vcpu& vcpu, HostGhcb& ghcb) {
    abi::Ghcb& page = ghcb.page;
    const Gpa gpa = ghcb.gpa;
    const auto request = take_request(page);
    if (!request) {
        trace::record(vcpu, "ghcb-malformed gpa", gpa.value());
        return reply_malformed(page, request.error());
    }
    trace::record(vcpu, name_of(request->event), request->info_1, request->info_2);
    trace::note(vcpu, trace::Kind::GhcbEvent,
                {.value = static_cast<std::uint32_t>(request->event),
                 .a = request->info_1,
                 .b = request->info_2,
                 .c = request->event == NaeEvent::Msr ? request->rcx : request->rax});
    const VmplSlot& slot = vcpu.slot();
    if (!slot.ghcb_registered || slot.registered_ghcb != gpa)
        return reply_malformed(page, NaeError::NotRegistered);
    handle({machine, vcpu, *request, page, ghcb});
}

}  // namespace

void on_ghcb_page(Machine& machine, Vcpu& vcpu, Gpa gpa) {
    abi::Ghcb* page = nullptr;
    {
        const LockGuard guard{machine.rmp_lock};
        page = reinterpret_cast<abi::Ghcb*>(find_shared(machine, gpa));
        if (page == nullptr)
            stop("kind=fault cpu={} vmpl={} rip=0x{:x} gpa=0x{:x} what=the-GHCB-page-is-not-shared", vcpu.id,
                 vcpu.current, vcpu.vmcb->save.rip, gpa);
        copy_fields(vcpu.ghcb, *page);
    }
    HostGhcb ghcb{gpa, vcpu.ghcb, *page};
    answer(machine, vcpu, ghcb);
    trace::note(vcpu, trace::Kind::GhcbEventReply,
                {.a = vcpu.ghcb.sw_exit_info_1, .b = vcpu.ghcb.sw_exit_info_2, .c = vcpu.ghcb.rax});
    const LockGuard guard{machine.rmp_lock};
    page = reinterpret_cast<abi::Ghcb*>(find_shared(machine, gpa));
    if (page == nullptr) return;
    copy_fields(*page, vcpu.ghcb);
    if (ghcb.uses_buffer)
        std::memcpy(page->shared_buffer, vcpu.ghcb.shared_buffer, sizeof page->shared_buffer);
}

std::span<std::byte> HostGhcb::buffer() {
    if (!uses_buffer) std::memcpy(page.shared_buffer, guests.shared_buffer, sizeof page.shared_buffer);
    uses_buffer = true;
    return std::as_writable_bytes(std::span{page.shared_buffer});
}

}  // namespace snpemu
