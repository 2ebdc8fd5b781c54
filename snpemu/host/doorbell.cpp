// SPDX-License-Identifier: MIT
#include "snpemu/host/doorbell.hpp"

#include "model/host/doorbell.hpp"
#include "snpemu/cpu/apic.hpp"
#include "snpemu/host/idle.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/trace/trace.hpp"
#include "snpemu/traps/wait.hpp"

namespace snpemu {
namespace {

using abi::HvDoorbell, abi::HvDoorbellRequest;
using host::DoorbellSignals;
using silicon::ExitReason;

/// The level's page; null when it has none, or made it private meanwhile, which gives it up.
volatile HvDoorbell* find_page(Machine& machine, const VmplSlot& slot) REQUIRES(machine.rmp_lock) {
    if (!slot.doorbell) return nullptr;
    return reinterpret_cast<volatile HvDoorbell*>(find_shared(machine, *slot.doorbell));
}

std::optional<DoorbellSignals> read_signals(Machine& machine, const VmplSlot& slot) {
    const LockGuard guard{machine.rmp_lock};
    const volatile HvDoorbell* const page = find_page(machine, slot);
    if (page == nullptr) return std::nullopt;
    return DoorbellSignals{page->vector, page->flags};
}

void write_signals(Machine& machine, const VmplSlot& slot, DoorbellSignals signals) {
    const LockGuard guard{machine.rmp_lock};
    volatile HvDoorbell* const page = find_page(machine, slot);
    if (page == nullptr) return;
    page->vector = signals.vector;
    page->flags = signals.flags;
}

/// An interrupt that waits in the local APIC now begins its service there, as when a guest takes it itself.
void fetch_interrupt(Vcpu& vcpu) {
    apic::recheck_interrupts();
    take_interrupt();
    keep_taken_interrupt(vcpu);
}

bool is_shared(Machine& machine, Gpa page) {
    const LockGuard guard{machine.rmp_lock};
    return find_shared(machine, page) != nullptr;
}

}  // namespace

void on_doorbell(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& copy) {
    VmplSlot& slot = vcpu.slot();
    if (!slot.restricts_injection()) return reply_malformed(copy, abi::NaeError::InvalidEvent);
    const auto asked = host::read_doorbell(request);
    const bool is_set = asked && asked->request == HvDoorbellRequest::Set;
    if (!asked || (is_set && !is_shared(machine, asked->page))) {
        slot.doorbell.reset();
        return reply_malformed(copy, abi::NaeError::InvalidInput);
    }
    switch (asked->request) {
        case HvDoorbellRequest::GetPreferred: return reply_ok(copy, abi::no_doorbell);
        case HvDoorbellRequest::Set: slot.doorbell = asked->page; break;
        case HvDoorbellRequest::Clear: slot.doorbell.reset(); return reply_ok(copy);
        case HvDoorbellRequest::Query: break;
    }
    reply_ok(copy, slot.doorbell ? slot.doorbell->value() : abi::no_doorbell);
}

bool has_unread_event(Machine& machine, const Vcpu& vcpu) {
    const auto signals = read_signals(machine, vcpu.slot());
    return signals && !signals->is_empty();
}

ExitReason ring_doorbell(Machine& machine, Vcpu& vcpu) {
    VmplSlot& slot = vcpu.slot();
    const auto page = read_signals(machine, slot);
    if (!page) {
        slot.doorbell.reset();
        return ExitReason::None;
    }
    if (page->has_room_for_interrupt() && slot.waiting_vector < 0) fetch_interrupt(vcpu);
    const auto vector = static_cast<std::uint8_t>(slot.waiting_vector < 0 ? 0 : slot.waiting_vector);
    const host::Ring done = host::ring(*page, {.vector = vector, .nmi = is_nmi_due(vcpu)});
    if (done.takes_vector) slot.waiting_vector = -1;
    if (done.takes_nmi) forget(vcpu.nmi_for, vcpu.current);
    if (done.page != *page) write_signals(machine, slot, done.page);
    vcpu.leaves_for_interrupt = done.page.has_room_for_interrupt() && slot.waiting_vector < 0;
    return done.raises_hv ? deliver_interrupt(machine, vcpu, static_cast<std::uint8_t>(abi::Vector::Hv))
                          : ExitReason::None;
}

}  // namespace snpemu
