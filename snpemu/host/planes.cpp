// SPDX-License-Identifier: MIT
#include "snpemu/host/planes.hpp"

#include <algorithm>

#include "snpemu/host/idle.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu::planes {
namespace {

using abi::Vmpl;

/// Prime, so that no loop of a guest stays in step with them.
constexpr std::uint64_t exits_between_interrupts = 31, calls_between_wakes = 7;

VmplSlot& slot_of(Vcpu& vcpu, Vmpl level) { return vcpu.slots[static_cast<unsigned>(level)]; }
const VmplSlot& slot_of(const Vcpu& vcpu, Vmpl level) { return vcpu.slots[static_cast<unsigned>(level)]; }

host::Plane plane_of(const VmplSlot& slot) {
    return {.exists = slot.is_plane, .has_save_area = slot.present, .is_stopped = slot.stopped};
}

/// The next plane runs, or blocks when its VMSA was destroyed. When all planes are stopped, plane
/// 0 runs again.
void schedule(Vcpu& vcpu) {
    std::array<host::Plane, abi::vmpl_count> planes{};
    std::ranges::transform(vcpu.slots, planes.begin(), plane_of);
    const auto next = host::next_plane(planes);
    if (!next) vcpu.slots[0].stopped = false;
    vcpu.current = next.value_or(Vmpl::Vmpl0);
    vcpu.runnable = vcpu.slot().present && !vcpu.slot().halted;
}

std::ptrdiff_t guest_planes(const Vcpu& vcpu) {
    return std::count_if(vcpu.slots.begin() + 1, vcpu.slots.end(),
                         [](const VmplSlot& s) { return s.is_plane; });
}

}  // namespace

bool accepts(Machine& machine, Vmpl level, std::uint64_t features) {
    std::uint64_t first = 0;
    auto& known = machine.plane_features[static_cast<unsigned>(level)];
    return known.compare_exchange_strong(first, features) || first == features;
}

void refuse_creation(const Vcpu& caller, const Vcpu& target, Vmpl level) {
    if (!slot_of(target, level).is_plane) end_vm(caller, "AP-creation-for-a-new-plane-was-wrong");
}

void adopt(const Machine& machine, Vcpu& vcpu, const ApMailbox& mail) {
    VmplSlot& slot = slot_of(vcpu, mail.vmpl);
    const bool was_plane = slot.is_plane;
    // A reset vCPU keeps what it has agreed on with its host: GHCB and its MSR.
    if (!was_plane) slot = VmplSlot::fresh(mail.vmsa, machine.c_bit);
    if (!was_plane) slot.stopped = mail.vmpl != Vmpl::Vmpl0;
    slot.present = !mail.destroy;
    slot.vmsa = mail.vmsa;
    slot.halted = slot.held = slot.awaits_interrupt = slot.nmi_blocked = false;
    slot.waiting_vector = -1;
    vcpu.slot().halted = vcpu.slot().held = vcpu.slot().awaits_interrupt = false;
    schedule(vcpu);
}

void refuse_run(const Vcpu& vcpu, Vmpl target, RunForm form) {
    const auto checked = host::check_plane(plane_of(slot_of(vcpu, target)), form);
    if (checked || checked.error() == host::PlaneRefusal::Refused) return;
    end_vm(vcpu, checked.error() == host::PlaneRefusal::EndsNoVcpu
                     ? "Run-VMPL-through-the-MSR-of-a-level-without-a-vCPU"
                     : "Run-VMPL-through-the-MSR-of-a-level-whose-VMSA-was-destroyed");
}

void run(Vcpu& vcpu, Vmpl target) {
    VmplSlot &caller = vcpu.slot(), &slot = slot_of(vcpu, target);
    slot.stopped = slot.halted = slot.held = slot.awaits_interrupt = false;
    caller.stopped = true;  // last: a plane that runs itself stops
    schedule(vcpu);
}

void count_exit(Vcpu& vcpu) {
    if (vcpu.current == Vmpl::Vmpl0 || guest_planes(vcpu) != 1 ||
        ++vcpu.plane_exits % exits_between_interrupts != 0)
        return;
    vcpu.interrupt_for_vmpl0 = true;
}

void count_call(Machine& machine, Vcpu& vcpu) {
    if (vcpu.svsm_calls % calls_between_wakes != 0) return;
    Vcpu& other = *machine.vcpus[vcpu.svsm_calls / calls_between_wakes % machine.cpu_count];
    if (&other == &vcpu || guest_planes(other) != 0) return;
    other.interrupt_for_vmpl0 = true;
    wake(machine, other);
}

void take_interrupt(Vcpu& vcpu) {
    if (!vcpu.interrupt_for_vmpl0.exchange(false) || !vcpu.slots[0].present) return;
    VmplSlot& slot = vcpu.slots[0];
    slot.stopped = slot.halted = slot.held = false;
    trace::note(vcpu, trace::Kind::Wake, {.detail = 2});
    schedule(vcpu);
}

}  // namespace snpemu::planes
