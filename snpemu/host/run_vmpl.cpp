// SPDX-License-Identifier: MIT
// Switches a vCPU between its VMPLs, and counts the cost of a guest's calls at VMPL0. [GHCB "Run VMPL"]
#include <algorithm>

#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/planes.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/silicon.hpp"
#include "snpemu/silicon/translate.hpp"
#include "snpemu/trace/trace.hpp"

namespace snpemu {
namespace {

/// A guest calls VMPL0: notes the call and starts to count.
void begin_call(Vcpu& vcpu) {
    ++vcpu.svsm_calls;
    vcpu.call_id = vcpu.last_call = vcpu.slot().vmsa.page->rax;
    vcpu.vmpl0_ticks = 0;
    const abi::Vmsa& caller = *vcpu.slot().vmsa.page;
    trace::note(vcpu, trace::Kind::CallBegin, {.a = caller.rax, .b = caller.rcx, .c = caller.rdx});
}

/// VMPL0 gives the vCPU back: the ticks since the call are its cost.
void end_call(Vcpu& vcpu, const abi::Vmsa& caller) {
    trace::note(vcpu, trace::Kind::CallEnd, {.a = vcpu.call_id, .b = caller.rax, .c = vcpu.vmpl0_ticks});
    if (const auto call = abi::find_call(vcpu.call_id)) {
        CallCost& cost = vcpu.costs[*call];
        ++cost.calls;
        cost.total += vcpu.vmpl0_ticks;
        cost.least = std::min(cost.least, vcpu.vmpl0_ticks);
    }
    vcpu.call_id = ~0ull;
}

/// Adversary: takes the page under VMPL0's stack pointer from the guest, just before VMPL0 resumes. Not inlined: its
/// frame holds a whole save area, and an honest switch pays for none.
[[gnu::noinline]] void steal_stack(Machine& machine, const VmplSlot& slot) {
    abi::VmcbSave save{};
    std::array<std::uint64_t, 16> gpr{};
    std::uint64_t shadow = 0;
    const CpuState cpu{save, gpr, shadow};
    load_registers(*slot.vmsa.page, cpu);
    const LockGuard guard{machine.rmp_lock};
    const auto stack = translate(cpu, machine.through_rmp(), abi::Vmpl::Vmpl0, GuestVa{save.rsp},
                                 model::AccessKind::Read, Ring::Supervisor, machine.c_bit);
    if (!stack || machine.rmp.unassign(stack->gpa.page(), PageSize::Size4K) != abi::RmpResult::Success)
        return;
    hide_page(machine, stack->gpa.page(), PageSize::Size4K);
}

/// The adversaries' turn before VMPL `vmpl` runs; false when the host refuses to run it.
bool lie_before_run(Machine& machine, Vcpu& vcpu, std::uint64_t vmpl) {
    const host::Due lies = lies_at(machine, vcpu, host::Moment::RunsVmpl, vmpl);
    if (lies.has(host::Act::StealStack)) steal_stack(machine, vcpu.slots[vmpl]);
    if (lies.has(host::Act::Refuse)) return false;
    if (lies.has(host::Act::LandLines)) land_stale_lines(machine);
    return true;
}

host::RunScene scene_of(const Machine& machine, const Vcpu& vcpu) {
    host::RunScene scene{.current = vcpu.current,
                         .has_one_vmpl = machine.properties.has(HostProperty::OneVmpl)};
    for (std::size_t level = 0; level < vcpu.slots.size(); ++level)
        scene.has_save_area[level] = vcpu.slots[level].present;
    return scene;
}

void switch_to(Machine& machine, Vcpu& vcpu, abi::Vmpl target) {
    VmplSlot& slot = vcpu.slots[static_cast<unsigned>(target)];
    if (target == abi::Vmpl::Vmpl0)
        begin_call(vcpu);
    else if (vcpu.current == abi::Vmpl::Vmpl0)
        end_call(vcpu, *slot.vmsa.page);
    trace::record(vcpu, "switches vmpl,rax", static_cast<std::uint64_t>(target), vcpu.slot().vmsa.page->rax);
    trace::note(vcpu, trace::Kind::Switch,
                {.detail = static_cast<std::uint16_t>(target), .a = slot.vmsa.gpa.value()});
    if (machine.host == abi::adyton::Host::Planes) {
        if (vcpu.current == abi::Vmpl::Vmpl0) planes::count_call(machine, vcpu);
        return planes::run(vcpu, target);
    }
    slot.halted = slot.held = slot.waits_for_init = slot.had_init = false;
    if (vcpu.next == target) vcpu.next.reset();
    vcpu.current = target;
    vcpu.runnable = true;
}

}  // namespace

std::expected<void, host::RunRefusal> run_vmpl(Machine& machine, Vcpu& vcpu, std::uint64_t vmpl,
                                               RunForm form) {
    const auto action = host::plan_run(vmpl, scene_of(machine, vcpu));
    const auto target = static_cast<abi::Vmpl>(vmpl);
    const bool has_planes = machine.host == abi::adyton::Host::Planes;
    if (!action) {
        if (has_planes && action.error() == host::RunRefusal::NoSaveArea)
            planes::refuse_run(vcpu, target, form);
        return std::unexpected{action.error()};
    }
    if (*action == host::RunAction::Stay) {
        if (has_planes) planes::run(vcpu, target);
        return {};
    }
    if (machine.hooks.waits_for(host::Moment::RunsVmpl) && !lie_before_run(machine, vcpu, vmpl))
        return std::unexpected{host::RunRefusal::NoSaveArea};
    switch_to(machine, vcpu, target);
    return {};
}

}  // namespace snpemu
