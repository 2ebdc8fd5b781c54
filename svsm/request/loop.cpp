// SPDX-License-Identifier: MIT
// The life of a CPU after the boot: serve a call, let the guest run, and again.
#include "machine/machine.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "svsm/request/request.hpp"

namespace svsm {
namespace {

/// Rare: the vCPU was created, replaced, or moved its calling area.
void remap(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    const ExclusiveGuard lock{guest.lock};
    view.generation = vcpu.generation.load(std::memory_order_relaxed);
    view.present = vcpu.present;
    if (!vcpu.present) return;
    view.vmpl = vcpu.vmpl;
    view.vmsa = machine::map_window(machine::Window::Vmsa, vcpu.vmsa);
    view.calling_area = machine::map_window(machine::Window::CallingArea, vcpu.calling_area);
    // Only now is the old calling area out of our reach, so only now may its page become anything else.
    guest.objects.drop_calling_areas(vcpu.index, vcpu.calling_area);
}

}  // namespace

void refresh(Guest& guest, Vcpu& vcpu, VcpuView& view) {
    if (vcpu.generation.load(std::memory_order_acquire) != view.generation) remap(guest, vcpu, view);
}

void svsm_request_loop(Guest& guest, Vcpu& vcpu) {
    VcpuView view;
    bool launching = vcpu.is_boot;
    for (;;) {
        refresh(guest, vcpu, view);
        if (!view.present) {
            machine::halt();  // woken without a reason
            continue;
        }
        // The caller runs next, even if its call replaced its own vCPU's VMSA.
        const auto vmpl = view.vmpl;
        process_one_request(guest, vcpu, view);
        refresh(guest, vcpu, view);
        if (!ghcb::run_vmpl(vmpl)) {
            if (launching) machine::terminate(abi::adyton::Termination::GuestLaunch);
            machine::halt();  // the host denies service: it may
        }
        launching = false;
    }
}

}  // namespace svsm
